import {
  getCluster,
  listClusters,
  pauseCluster,
  removeCluster,
  replaceClusterCredential,
  resumeCluster,
  updateCluster,
} from '@quarterdeck/contracts/clusters';
import {
  AgeText,
  type Column,
  ConfirmDanger,
  DataTable,
  EmptyState,
  ProblemAlert,
  Skeleton,
  type Status,
  StatusDot,
} from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { AccessForm, emptyDraft, toAccess } from './access-form.tsx';
import { ClusterEvents } from './cluster-events.tsx';
import { clusterStatus } from './cluster-status.ts';
import { LabelForm } from './label-form.tsx';

type Stream = { kind: string; state: string; rows: number; asOf?: string | undefined; error?: string | undefined };
const streamStatus: Record<string, Status> = {
  streaming: 'healthy',
  syncing: 'updating',
  stale: 'stale',
  forbidden: 'failed',
  capped: 'degraded',
};

const streamColumns: Column<Stream>[] = [
  { key: 'kind', title: 'Kind', cell: (row) => row.kind },
  {
    key: 'state',
    title: 'Watch',
    cell: (row) => <StatusDot status={streamStatus[row.state] ?? 'unknown'}>{row.state}</StatusDot>,
  },
  { key: 'rows', title: 'Objects', numeric: true, cell: (row) => row.rows },
  { key: 'age', title: 'Age', cell: (row) => <AgeText at={row.asOf} /> },
  { key: 'error', title: 'Why', wrap: true, cell: (row) => row.error },
];

/** One page for one cluster: state, sync per kind, credential, settings. */
export function ClusterPage() {
  const { cluster: slug } = useParams({ strict: false });
  const queries = useQueryClient();
  const query = useQuery({
    queryKey: ['clusters', 'detail', slug],
    queryFn: async ({ signal }) => {
      const found = await api.call(listClusters, { query: { slug: slug as never } }, { signal });
      const id = found.items[0]?.id;
      return id === undefined ? null : api.call(getCluster, { params: { id } }, { signal });
    },
    refetchInterval: 3000,
  });
  const changed = () => queries.invalidateQueries({ queryKey: ['clusters', 'detail', slug] });
  const cluster = query.data;
  const pause = useMutation({
    mutationFn: () =>
      api.call(cluster?.state === 'paused' ? resumeCluster : pauseCluster, { params: { id: cluster?.id ?? '' } }),
    onSuccess: changed,
  });
  if (query.isPending) return <Skeleton />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (cluster === null || cluster === undefined) {
    return (
      <EmptyState
        page
        title={`There is no cluster ${slug}`}
        action={
          <Link to="/clusters" className="button">
            All clusters
          </Link>
        }
      />
    );
  }
  const status = clusterStatus(cluster);
  return (
    <>
      <div className="page-header">
        <div>
          <p className="crumbs">
            <Link to="/clusters">Clusters</Link> / {cluster.slug}
          </p>
          <div className="row">
            <h1>{cluster.displayName}</h1>
            <StatusDot status={status.status}>{status.word}</StatusDot>
            {cluster.labels.tier === undefined ? null : (
              <span className={`badge ${cluster.labels.tier}`}>{cluster.labels.tier}</span>
            )}
          </div>
        </div>
        <div className="row">
          <Link
            to="/inventory/$group/$plural"
            params={{ group: 'core', plural: 'pods' }}
            search={{ clusters: cluster.slug } as never}
            className="button"
          >
            Pods
          </Link>
          <button type="button" className="button" disabled={pause.isPending} onClick={() => pause.mutate()}>
            {cluster.state === 'paused' ? 'Resume' : 'Pause'}
          </button>
        </div>
      </div>
      {pause.isError ? <ProblemAlert problem={problemOf(pause.error)} onRetry={() => pause.mutate()} /> : null}
      {cluster.state === 'connected' ? null : (
        <div className="notice stale">
          <p>
            {cluster.stateReason ?? status.word} Showing what was last known, <AgeText at={cluster.asOf} />.
          </p>
        </div>
      )}
      <div className="columns">
        <section className="panel">
          <dl className="facts">
            <dt>Server</dt>
            <dd>
              <code>{cluster.server}</code>
            </dd>
            <dt>Version</dt>
            <dd>{cluster.version ?? 'unknown'}</dd>
            <dt>Latency</dt>
            <dd>{cluster.latencyMs === undefined ? 'unknown' : `${Math.round(cluster.latencyMs)} ms`}</dd>
            <dt>State since</dt>
            <dd>
              <AgeText at={cluster.stateSince} />
            </dd>
            <dt>Data</dt>
            <dd>
              <AgeText at={cluster.asOf} />
            </dd>
            <dt>Nodes, pods</dt>
            <dd>
              {cluster.nodes ?? 0}, {cluster.pods ?? 0}
            </dd>
            <dt>Credential</dt>
            <dd>
              {cluster.credentialKind}
              {cluster.credentialExpiresAt === undefined
                ? ', no end'
                : `, ends ${new Date(cluster.credentialExpiresAt).toLocaleString()}`}
            </dd>
            <dt>Labels</dt>
            <dd className="row wrap">
              {Object.entries(cluster.labels).map(([key, value]) => (
                <span key={key} className="badge">
                  {key}={value}
                </span>
              ))}
            </dd>
            <dt>Cluster uid</dt>
            <dd>
              <code>{cluster.clusterUid ?? 'unknown'}</code>
            </dd>
          </dl>
        </section>
        <section className="panel flush">
          <DataTable label="Watched kinds" columns={streamColumns} rows={cluster.streams} rowId={(row) => row.kind} />
        </section>
      </div>
      <ClusterEvents slug={cluster.slug} />
      <Settings
        key={cluster.id}
        id={cluster.id}
        slug={cluster.slug}
        displayName={cluster.displayName}
        labels={cluster.labels}
        onChanged={changed}
      />
    </>
  );
}

function Settings({
  id,
  slug,
  displayName,
  labels,
  onChanged,
}: {
  id: string;
  slug: string;
  displayName: string;
  labels: Record<string, string>;
  onChanged: () => void;
}) {
  const navigate = useNavigate();
  const [name, setName] = useState(displayName);
  const [removing, setRemoving] = useState(false);
  const [draft, setDraft] = useState(emptyDraft);
  const rename = useMutation({
    mutationFn: () => api.call(updateCluster, { params: { id }, body: { displayName: name } }),
    onSuccess: onChanged,
  });
  const replace = useMutation({
    mutationFn: () =>
      api.call(replaceClusterCredential, {
        params: { id },
        body: { access: toAccess(draft), bootstrap: draft.way === 'kubeconfig' },
      }),
    onSuccess: () => {
      setDraft(emptyDraft);
      onChanged();
    },
  });
  const remove = useMutation({
    mutationFn: (reason: string) => api.call(removeCluster, { params: { id }, query: reason === '' ? {} : { reason } }),
    onSuccess: () => navigate({ to: '/clusters' }),
  });
  return (
    <section className="panel stack">
      <h2>Settings</h2>
      <div className="row field-row">
        <div className="field grow">
          <label htmlFor="cluster-name">Display name</label>
          <input id="cluster-name" value={name} onChange={(event) => setName(event.target.value)} />
        </div>
        <button
          type="button"
          className="button"
          disabled={rename.isPending || name === displayName}
          onClick={() => rename.mutate()}
        >
          Rename
        </button>
      </div>
      {rename.isError ? <ProblemAlert problem={problemOf(rename.error)} /> : null}
      <LabelForm id={id} labels={labels} onChanged={onChanged} />
      <details>
        <summary>Replace the credential</summary>
        <div className="stack">
          <AccessForm draft={draft} contexts={[]} onChange={setDraft} />
          <div>
            <button type="button" className="button" disabled={replace.isPending} onClick={() => replace.mutate()}>
              {replace.isPending ? 'Verifying …' : 'Verify and replace'}
            </button>
          </div>
          {replace.isSuccess ? <p>The new credential is in place.</p> : null}
          {replace.isError ? <ProblemAlert problem={problemOf(replace.error)} /> : null}
        </div>
      </details>
      <div>
        <button type="button" className="button danger" onClick={() => setRemoving(true)}>
          Remove cluster
        </button>
      </div>
      {removing ? (
        <ConfirmDanger
          title={`Remove ${slug}`}
          verb={`Remove ${slug}`}
          level="L3"
          expectText={slug}
          pending={remove.isPending}
          error={remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : undefined}
          onConfirm={(reason) => remove.mutate(reason)}
          onClose={() => setRemoving(false)}
        >
          <p>
            The credential is wiped at once and the rows we hold are deleted. Nothing inside the cluster is touched.
          </p>
        </ConfirmDanger>
      ) : null}
    </section>
  );
}
