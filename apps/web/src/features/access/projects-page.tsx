import type { Project } from '@quarterdeck/contracts';
import { type Column, DataTable, DateText, EmptyState, NoMatch, PageHeader, TextFilter } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ListPanel } from '../../platform/list-panel.tsx';
import { t } from './access.messages.ts';
import { projectsQuery } from './access.queries.ts';
import { NewProjectDialog } from './new-project-dialog.tsx';

const columns: Column<Project>[] = [
  {
    key: 'project',
    title: t.project,
    cell: ({ slug, displayName }) => (
      <span className="row">
        <Link to="/access/projects/$project" params={{ project: slug }}>
          <strong>{displayName}</strong>
        </Link>
        <span className="muted">{slug}</span>
      </span>
    ),
  },
  {
    key: 'registries',
    title: t.registries,
    wrap: true,
    cell: ({ registries }) =>
      registries.length === 0 ? <span className="muted">{t.anywhere}</span> : registries.join(', '),
  },
  { key: 'created', title: t.created, cell: ({ createdAt }) => <DateText at={createdAt} /> },
];

/** Tenants: each with its members and its environments. */
export function ProjectsPage() {
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { q?: string; archived?: string };
  const { q = '' } = search;
  const archived = search.archived === 'true';
  const [making, setMaking] = useState(false);
  const projects = useQuery(projectsQuery(archived));
  const refine = (change: { q?: string | undefined; archived?: string | undefined }) =>
    void navigate({ to: '/access/projects', search: { ...search, ...change } as never, replace: true });
  const words = q.toLowerCase().trim();
  const all = projects.data?.items ?? [];
  const shown = all.filter(({ slug, displayName }) => `${slug} ${displayName}`.toLowerCase().includes(words));
  const newProject = (
    <button type="button" className="button primary" onClick={() => setMaking(true)}>
      {t.newProject}
    </button>
  );
  return (
    <>
      <PageHeader title={t.projects} actions={newProject}>
        {t.projectsHelp}
      </PageHeader>
      <div className="filters">
        <TextFilter label={t.filterProjects} value={q} onChange={(text) => refine({ q: text })} focus />
        <label className="row">
          <input
            type="checkbox"
            checked={archived}
            onChange={(event) => refine({ archived: event.target.checked ? 'true' : undefined })}
          />
          {t.showArchived}
        </label>
        <span className="muted">{projects.isSuccess ? `${shown.length} / ${all.length}` : ''}</span>
      </div>
      <ListPanel
        list={projects}
        shown={shown.length}
        rows={6}
        nothing={
          all.length === 0 && !archived ? (
            <EmptyState title={t.noProjects} action={newProject}>
              {t.noProjectsHelp}
            </EmptyState>
          ) : (
            <NoMatch
              title={t.noSuchProject}
              clear={t.clearFilter}
              onClear={() => refine({ q: undefined, archived: undefined })}
            />
          )
        }
      >
        <DataTable
          label={t.projects}
          columns={columns}
          rows={shown}
          rowId={({ id }) => id}
          onOpen={({ slug }) => void navigate({ to: '/access/projects/$project', params: { project: slug } })}
        />
      </ListPanel>
      {making ? <NewProjectDialog onClose={() => setMaking(false)} /> : null}
    </>
  );
}
