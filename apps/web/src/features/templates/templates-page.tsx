import type { ClientOutput } from '@quarterdeck/contracts';
import type { listTemplates } from '@quarterdeck/contracts/templates';
import { type Column, DataTable, EmptyState, PageHeader, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { problemOf } from '../../platform/api.ts';
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
  { key: 'version', title: t.version, cell: (row) => <code>{row.latestVersion}</code> },
];

export function TemplatesPage() {
  const navigate = useNavigate();
  const list = useQuery(templatesQuery);
  return (
    <>
      <PageHeader title={t.templates} />
      <div className="panel flush">
        {list.isPending ? <Skeleton rows={3} /> : null}
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
    </>
  );
}
