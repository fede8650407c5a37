import type { ClientOutput } from '@quarterdeck/contracts';
import type { getCluster } from '@quarterdeck/contracts/clusters';
import { AgeText, type Column, DataTable, DateText, type Status, StatusDot } from '@quarterdeck/ui';
import { t } from './clusters.messages.ts';

type Detail = ClientOutput<typeof getCluster>;
type Stream = Detail['streams'][number];

const streamStatus: Record<string, Status> = {
  streaming: 'healthy',
  syncing: 'updating',
  stale: 'stale',
  forbidden: 'failed',
  capped: 'degraded',
};

const columns: Column<Stream>[] = [
  { key: 'kind', title: t.kind, cell: (row) => row.kind },
  {
    key: 'state',
    title: t.watch,
    cell: (row) => <StatusDot status={streamStatus[row.state] ?? 'unknown'}>{row.state}</StatusDot>,
  },
  { key: 'rows', title: t.objects, numeric: true, cell: (row) => row.rows?.toLocaleString() },
  { key: 'skipped', title: t.tooLarge, numeric: true, cell: (row) => row.skipped.toLocaleString() },
  { key: 'age', title: t.age, cell: (row) => <AgeText at={row.asOf} /> },
  { key: 'error', title: t.why, wrap: true, cell: (row) => row.error },
];

/** Each watched kind with how many objects it holds and how old they are; trouble first. */
export function ClusterStreams({ streams }: { streams: readonly Stream[] }) {
  // What is not the case anywhere takes no column.
  const hidden = new Set([
    streams.some(({ error }) => error !== undefined) ? '' : 'error',
    streams.some(({ skipped }) => skipped > 0) ? '' : 'skipped',
  ]);
  const rows = streams.toSorted((a, b) => Number(a.state === 'streaming') - Number(b.state === 'streaming'));
  return (
    <section className="panel flush">
      <DataTable
        label={t.watched}
        columns={columns.filter(({ key }) => !hidden.has(key))}
        rows={rows}
        rowId={(row) => row.kind}
      />
    </section>
  );
}

/** What a cluster runs and how old its data is; who sees all of it also hears where it is and how we get in. */
export function ClusterFacts({ cluster }: { cluster: Detail }) {
  return (
    <section className="panel">
      <dl className="facts">
        <dt>{t.version}</dt>
        <dd>{cluster.version ?? t.unknown}</dd>
        <dt>{t.since}</dt>
        <dd>
          <AgeText at={cluster.stateSince} />
        </dd>
        <dt>{t.data}</dt>
        <dd>
          <AgeText at={cluster.asOf} />
        </dd>
        {cluster.detail === 'full' ? <WayIn cluster={cluster} /> : null}
      </dl>
    </section>
  );
}

/** Nodes and pods as far as one sees them; what was never read, or is not asked for while the database is away, is no secret. */
function sizeOf({ nodes, pods, streams, readAt }: Detail): string {
  if (readAt !== undefined) return t.notNow;
  if (nodes === undefined && pods === undefined) return streams.length === 0 ? t.unknown : t.notShown;
  return `${nodes?.toLocaleString() ?? t.notShown}, ${pods?.toLocaleString() ?? t.notShown}`;
}

function WayIn({ cluster }: { cluster: Detail }) {
  return (
    <>
      <dt>{t.server}</dt>
      <dd>
        <code>{cluster.server}</code>
      </dd>
      <dt>{t.latency}</dt>
      <dd>{cluster.latencyMs === undefined ? t.unknown : t.ms(cluster.latencyMs)}</dd>
      <dt>{t.nodesAndPods}</dt>
      <dd>{sizeOf(cluster)}</dd>
      <dt>{t.credential}</dt>
      <dd>
        {cluster.credentialKind?.replace('_', ' ') ?? t.unknown},{' '}
        {cluster.credentialExpiresAt === undefined ? (
          t.noEnd
        ) : (
          <>
            {t.ends} <DateText at={cluster.credentialExpiresAt} />
            {cluster.credentialRenews === true ? `, ${cluster.credentialRenewalError ?? t.renewed}` : null}
          </>
        )}
      </dd>
      {cluster.profile === undefined ? null : (
        <>
          <dt>{t.profile}</dt>
          <dd>{t.profileOf(cluster.profile.people, cluster.profile.bindings)}</dd>
        </>
      )}
      <dt>{t.labels}</dt>
      <dd className="row wrap">
        {Object.keys(cluster.labels).length === 0 ? t.noLabels : null}
        {Object.entries(cluster.labels).map(([key, value]) => (
          <span key={key} className="badge">
            {key}={value}
          </span>
        ))}
      </dd>
      <dt>{t.uid}</dt>
      <dd>
        <code>{cluster.clusterUid ?? t.unknown}</code>
      </dd>
    </>
  );
}
