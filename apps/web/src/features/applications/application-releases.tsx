import type { ClientOutput, Release } from '@quarterdeck/contracts';
import type { listReleases } from '@quarterdeck/contracts/releases';
import { AgeText, type Column, DataTable, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import type { UseQueryResult } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { problemOf } from '../../platform/api.ts';
import { FirstImage } from '../../platform/image-name.tsx';
import { releasePath, releaseStatus } from '../../platform/release-status.ts';
import { t } from './applications.messages.ts';

const columns: Column<Release>[] = [
  {
    key: 'name',
    title: t.release,
    cell: (row) => (
      <Link to={releasePath(row)} className="strong">
        {row.environment} #{row.number}
      </Link>
    ),
  },
  {
    key: 'state',
    title: t.state,
    cell: (row) => <StatusDot status={releaseStatus(row).status}>{releaseStatus(row).word}</StatusDot>,
  },
  { key: 'targets', title: t.targets, numeric: true, cell: (row) => `${row.healthyCount}/${row.targetCount}` },
  {
    key: 'image',
    title: t.image,
    cell: (row) =>
      row.kind === 'remove' ? (
        t.removal
      ) : (
        <span className="row">
          <FirstImage images={row.images} />
          {row.rollbackOf === undefined ? null : <span className="badge">{t.rollbackTo(row.rollbackOf.number)}</span>}
        </span>
      ),
  },
  { key: 'by', title: t.by, cell: (row) => row.createdBy },
  { key: 'at', title: t.created, cell: (row) => <AgeText at={row.createdAt} /> },
];

/** What was put out, newest first. */
export function ApplicationReleases({ query }: { query: UseQueryResult<ClientOutput<typeof listReleases>> }) {
  const navigate = useNavigate();
  const rows = query.data?.items ?? [];
  return (
    <section className="panel flush" aria-label={t.releases}>
      <h2 className="panel-title">{t.releases}</h2>
      {query.isPending ? <Skeleton rows={3} /> : null}
      {query.isError ? <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} /> : null}
      {query.isSuccess && rows.length === 0 ? <p className="panel-title muted">{t.noReleases}</p> : null}
      {rows.length === 0 ? null : (
        <DataTable
          label={t.releases}
          columns={columns}
          rows={rows}
          rowId={(row) => row.id}
          onOpen={(row) => void navigate({ to: releasePath(row) })}
        />
      )}
    </section>
  );
}
