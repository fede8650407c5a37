import { EmptyState, PageHeader, Skeleton, Tabs } from '@quarterdeck/ui';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { ListPanel } from '../../platform/list-panel.tsx';
import { t } from './access.messages.ts';
import { environmentsOfQuery, grantsQuery, projectsQuery } from './access.queries.ts';
import { EnvironmentsPanel } from './environments-panel.tsx';
import { GrantDialog } from './grant-dialog.tsx';
import { GrantsTable } from './grants-table.tsx';
import { ProjectSettings } from './project-settings.tsx';

/** One tenant: who is in it, what it owns, its bounds. */
export function ProjectPage() {
  const { project: slug } = useParams({ strict: false }) as { project: string };
  const search = useSearch({ strict: false }) as { tab?: string };
  const navigate = useNavigate();
  const [granting, setGranting] = useState(false);
  const active = useQuery(projectsQuery(false));
  const archived = useQuery(projectsQuery(true));
  const project = [...(active.data?.items ?? []), ...(archived.data?.items ?? [])].find((item) => item.slug === slug);
  const environments = useQuery(environmentsOfQuery(project?.id ?? ''));
  const members = useInfiniteQuery({
    ...grantsQuery(project === undefined ? {} : { project: project.id }),
    enabled: project !== undefined,
  });
  const crumbs = [
    <Link key="projects" to="/access/projects">
      {t.projects}
    </Link>,
  ];
  if (project === undefined) {
    if (active.isPending || archived.isPending) return <Skeleton />;
    return (
      <EmptyState
        page
        title={t.noSuchProject}
        action={
          <Link to="/access/projects" className="button">
            {t.projects}
          </Link>
        }
      />
    );
  }
  const grants = members.data?.pages.flatMap((page) => page.items) ?? [];
  const tabs = [
    { key: 'members', title: t.members, count: members.data?.pages[0]?.total },
    { key: 'environments', title: t.environments, count: environments.data?.total },
    { key: 'settings', title: t.settings },
  ];
  const tab = tabs.find(({ key }) => key === search.tab)?.key ?? 'members';
  const isArchived = project.archivedAt !== undefined;
  const grantRole = (
    <button type="button" className="button primary" onClick={() => setGranting(true)}>
      {t.grantRole}
    </button>
  );
  return (
    <>
      <PageHeader
        title={project.displayName}
        crumbs={crumbs}
        status={
          <>
            <code>{project.slug}</code>
            {isArchived ? <span className="badge warn">{t.archived}</span> : null}
          </>
        }
        actions={
          <>
            <Link to="/access/projects/$project/delivery" params={{ project: project.slug }} className="button">
              {t.delivery}
            </Link>
            {isArchived ? null : grantRole}
          </>
        }
      >
        {isArchived ? t.restored : null}
      </PageHeader>
      <Tabs
        label={project.displayName}
        tabs={tabs}
        current={tab}
        onChange={(key) => void navigate({ to: '.', search: { tab: key } as never })}
      />
      {tab === 'members' ? (
        <ListPanel
          list={members}
          shown={grants.length}
          nothing={
            <EmptyState title={t.noMembers} action={grantRole}>
              {t.noMembersHelp}
            </EmptyState>
          }
        >
          <GrantsTable label={t.members} grants={grants} />
        </ListPanel>
      ) : null}
      {tab === 'environments' ? <EnvironmentsPanel project={project} environments={environments} /> : null}
      {tab === 'settings' ? <ProjectSettings key={project.id} project={project} /> : null}
      {granting ? (
        <GrantDialog project={{ id: project.id, name: project.displayName }} onClose={() => setGranting(false)} />
      ) : null}
    </>
  );
}
