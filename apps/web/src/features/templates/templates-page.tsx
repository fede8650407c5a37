import type { ClientOutput } from '@quarterdeck/contracts';
import type { listTemplates } from '@quarterdeck/contracts/templates';
import { ActionButton, type Column, DataTable, EmptyState, PageHeader, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { NewDraftDialog } from './new-draft-dialog.tsx';
import { t } from './templates.messages.ts';
import { templatesQuery } from './templates.queries.ts';

type Template = ClientOutput<typeof listTemplates>['items'][number];

const columns: Column<Template>[] = [
  {
    key: 'name',
    title: t.name,
    cell: (row) => (
      <Link to="/templates/$name" params={{ name: row.name }} className="strong">
        {row.title}
      </Link>
    ),
  },
  { key: 'description', title: t.description, wrap: true, cell: (row) => row.description },
  {
    key: 'version',
    title: t.version,
    cell: (row) => (
      <span className="row">
        {row.latestVersion === undefined ? (
          <span className="muted">{t.onlyDraft}</span>
        ) : (
          <code>{row.latestVersion}</code>
        )}
        {row.drafts === 0 ? null : <span className="badge">{t.drafts(row.drafts)}</span>}
      </span>
    ),
  },
  { key: 'owner', title: t.owner, cell: (row) => row.project ?? (row.builtIn ? t.builtIn : t.everybody) },
  {
    key: 'users',
    title: t.usedBy,
    cell: (row) => (
      <span className={row.applications === 0 ? 'muted' : ''}>{t.applicationsCount(row.applications)}</span>
    ),
  },
];

/** Every template somebody may deploy, what it makes and who uses it. */
export function TemplatesPage() {
  const navigate = useNavigate();
  const list = useQuery(templatesQuery);
  const refusal = useRefusal('templates:write');
  const [isNew, setIsNew] = useState(false);
  const from = list.data?.items.find(({ latestVersionId }) => latestVersionId !== undefined);
  return (
    <>
      <PageHeader
        title={t.templates}
        actions={
          <span className="row">
            <Link to="/templates/_import" className="button">
              {t.importChart}
            </Link>
            <ActionButton kind="primary" reason={refusal} onClick={() => setIsNew(true)}>
              {t.newTemplate}
            </ActionButton>
          </span>
        }
      />
      <div className="panel flush">
        {list.isPending ? <Skeleton rows={8} /> : null}
        {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
        {list.data?.items.length === 0 ? (
          <EmptyState
            title={t.none}
            action={
              <Link to="/applications" className="button">
                {t.applications}
              </Link>
            }
          >
            {t.noneHint}
          </EmptyState>
        ) : null}
        {list.data !== undefined && list.data.items.length > 0 ? (
          <DataTable
            label={t.templates}
            columns={columns}
            rows={list.data.items}
            rowId={(row) => row.id}
            onOpen={(row) => void navigate({ to: '/templates/$name', params: { name: row.name } })}
          />
        ) : null}
      </div>
      {isNew ? <NewDraftDialog from={from} templateId={undefined} onClose={() => setIsNew(false)} /> : null}
    </>
  );
}
