import type { ReleaseDetail } from '@quarterdeck/contracts';
import { abortRelease, diffRelease, listReleases, retryTarget, rollbackRelease } from '@quarterdeck/contracts/releases';
import { AgeText, CodeDiff, ConfirmDanger, EmptyState, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useLiveSet } from '../../platform/live.ts';
import { PodLogs } from '../../platform/pod-logs.tsx';
import { releasePath, releaseStatus, runStatus } from './release-status.ts';

type Target = ReleaseDetail['targets'][number];

/** A release as it goes: per cluster and pod, with the reason where it fails. */
export function ReleasePage() {
  const params = useParams({ strict: false });
  const found = useQuery({
    queryKey: ['releases', 'number', params.project, params.app, params.env, params.number],
    queryFn: async ({ signal }) => {
      const { items } = await api.call(
        listReleases,
        { query: { number: Number(params.number), q: params.app, limit: 200 } },
        { signal },
      );
      return (
        items.find(
          (release) =>
            release.application === params.app &&
            release.environment === params.env &&
            release.project === params.project,
        ) ?? null
      );
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (found.isPending) return <Skeleton />;
  if (found.isError) return <ProblemAlert problem={problemOf(found.error)} onRetry={() => void found.refetch()} />;
  if (found.data === null)
    return (
      <EmptyState
        page
        title="There is no such release"
        action={
          <Link to="/releases" className="button">
            All releases
          </Link>
        }
      />
    );
  return <Live id={found.data.id} />;
}

function Live({ id }: { id: string }) {
  const navigate = useNavigate();
  const [release] = useLiveSet<ReleaseDetail>('releases.release', { id }) ?? [];
  const [rolling, setRolling] = useState(false);
  const [logs, setLogs] = useState<{ clusterId: string; namespace: string; pod: string } | undefined>();
  const abort = useMutation({ mutationFn: () => api.call(abortRelease, { params: { id } }) });
  const rollback = useMutation({
    mutationFn: (reason: string) =>
      api.call(
        rollbackRelease,
        { params: { id }, body: reason === '' ? {} : { reason } },
        { idempotencyKey: crypto.randomUUID() },
      ),
    onSuccess: (made) => {
      setRolling(false);
      void navigate({ to: releasePath(made) });
    },
  });
  if (release === undefined) return <Skeleton />;
  const status = releaseStatus(release);
  const image = Object.entries(release.images);
  return (
    <>
      <div className="page-header">
        <div>
          <p className="crumbs">
            <Link to="/applications">Applications</Link> /{' '}
            <Link to="/applications/$project/$app" params={{ project: release.project, app: release.application }}>
              {release.application}
            </Link>{' '}
            / {release.environment}
          </p>
          <div className="row">
            <h1>
              {release.application} {release.environment} #{release.number}
            </h1>
            <StatusDot status={status.status}>{status.word}</StatusDot>
            {release.rollbackOf === undefined ? null : (
              <span className="badge">rollback to #{release.rollbackOf.number}</span>
            )}
          </div>
          <p className="muted">
            {release.template} by {release.createdBy}, <AgeText at={release.createdAt} />
          </p>
        </div>
        <div className="row">
          {release.state === 'rolling' ? (
            <button type="button" className="button" disabled={abort.isPending} onClick={() => abort.mutate()}>
              Abort
            </button>
          ) : null}
          {release.kind === 'remove' || release.state === 'rolling' ? null : (
            <button type="button" className="button" onClick={() => setRolling(true)}>
              Roll back to #{release.number}
            </button>
          )}
          <Link
            to="/applications/$project/$app/deploy"
            params={{ project: release.project, app: release.application }}
            search={{ env: release.environment, from: release.id } as never}
            className="button primary"
          >
            Change and deploy
          </Link>
        </div>
      </div>
      {abort.isError ? <ProblemAlert problem={problemOf(abort.error)} /> : null}
      <div className="row wrap">
        {image.map(([slot, { reference, pinned }]) => (
          <span key={slot} className="row">
            <code>{reference}</code>
            {pinned ? null : <span className="badge warn">not pinned</span>}
          </span>
        ))}
      </div>
      <div className="wave">
        {release.targets.map((target) => (
          <TargetCard key={target.id} releaseId={release.id} target={target} onLogs={setLogs} />
        ))}
      </div>
      {logs === undefined ? null : (
        <section className="panel stack">
          <PodLogs {...logs} />
          <div>
            <button type="button" className="button small" onClick={() => setLogs(undefined)}>
              Close logs
            </button>
          </div>
        </section>
      )}
      <Changes release={release} />
      {rolling ? (
        <ConfirmDanger
          title={`Roll back to #${release.number}`}
          verb={`Roll back ${release.application} to #${release.number}`}
          level="L2"
          pending={rollback.isPending}
          error={rollback.isError ? <ProblemAlert problem={problemOf(rollback.error)} /> : undefined}
          onConfirm={(reason) => rollback.mutate(reason)}
          onClose={() => setRolling(false)}
        >
          <p>
            The stored bytes of #{release.number} go out again to {release.targets.length}{' '}
            {release.targets.length === 1 ? 'cluster' : 'clusters'}:{' '}
            {release.targets.map((target) => target.cluster).join(', ')}. Pods are replaced one by one.
          </p>
        </ConfirmDanger>
      ) : null}
    </>
  );
}

function TargetCard({
  releaseId,
  target,
  onLogs,
}: {
  releaseId: string;
  target: Target;
  onLogs: (logs: { clusterId: string; namespace: string; pod: string }) => void;
}) {
  const status = runStatus(target.state);
  const retry = useMutation({
    mutationFn: () => api.call(retryTarget, { params: { id: releaseId, target: target.targetId } }),
  });
  const pod = target.pods.find((candidate) => candidate.current) ?? target.pods[0];
  return (
    <section className="panel stack" aria-label={`Target ${target.cluster}`}>
      <div className="spread">
        <h2>{target.cluster}</h2>
        <StatusDot status={status.status}>{status.word}</StatusDot>
      </div>
      <p className="muted">
        {target.namespace} · {target.ready ?? 0} of {target.desired ?? 0} pods ready
        {target.reachable ? null : (
          <>
            {' '}
            · <StatusDot status="stale">cut off, data from</StatusDot> <AgeText at={target.asOf} />
          </>
        )}
      </p>
      {target.verdict === undefined ? null : (
        <div className="notice failed">
          <div>
            <strong>{target.verdict.summary}</strong>
            {target.verdict.evidence.map((line) => (
              <p key={line}>
                <code>{line}</code>
              </p>
            ))}
            {target.verdict.nextStep === undefined ? null : <p>{target.verdict.nextStep}</p>}
            <p className="muted">{target.verdict.code}</p>
          </div>
        </div>
      )}
      <div className="pods">
        {target.pods.map((candidate) => (
          <button
            key={candidate.uid}
            type="button"
            className={`pod status ${candidate.health} ${candidate.current ? '' : 'old'}`}
            title={`${candidate.name}: ${candidate.statusText}${candidate.current ? '' : ' (old revision)'}`}
            aria-label={`${candidate.name} ${candidate.statusText}, show logs`}
            onClick={() => onLogs({ clusterId: target.clusterId, namespace: target.namespace, pod: candidate.name })}
          >
            {candidate.health === 'healthy' ? '✓' : candidate.health === 'failed' ? '✕' : '…'}
          </button>
        ))}
      </div>
      <ul className="attention">
        {target.objects.map((object) => (
          <li key={`${object.kind} ${object.name}`}>
            <StatusDot
              status={
                object.state === 'current' || object.state === 'applied' || object.state === 'deleted'
                  ? 'healthy'
                  : object.state === 'failed'
                    ? 'failed'
                    : object.state === 'waiting'
                      ? 'waiting'
                      : 'updating'
              }
            >
              {object.state.replace('_', ' ')}
            </StatusDot>
            <span>
              {object.kind} {object.name} <span className="muted">{object.detail}</span>
            </span>
          </li>
        ))}
      </ul>
      <div className="row">
        {pod === undefined ? null : (
          <button
            type="button"
            className="button small"
            onClick={() => onLogs({ clusterId: target.clusterId, namespace: target.namespace, pod: pod.name })}
          >
            Logs
          </button>
        )}
        {target.state === 'failed' || target.state === 'cancelled' ? (
          <button type="button" className="button small" disabled={retry.isPending} onClick={() => retry.mutate()}>
            Retry {target.cluster}
          </button>
        ) : null}
      </div>
      {retry.isError ? <ProblemAlert problem={problemOf(retry.error)} /> : null}
    </section>
  );
}

/** What this release changed against the one before it. */
function Changes({ release }: { release: ReleaseDetail }) {
  const before = useQuery({
    queryKey: ['releases', 'before', release.id],
    queryFn: async ({ signal }) => {
      const { items } = await api.call(
        listReleases,
        { query: { application: release.applicationId, environment: release.environmentId, limit: 200 } },
        { signal },
      );
      const previous = items.find((candidate) => candidate.number < release.number && candidate.kind !== 'remove');
      if (previous === undefined) return null;
      const diff = await api.call(
        diffRelease,
        { params: { id: release.id }, query: { against: previous.id } },
        { signal },
      );
      return { previous, items: diff.items.filter((item) => item.change !== 'unchanged') };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (before.data === undefined || before.data === null || release.kind === 'remove') return null;
  return (
    <section className="panel stack">
      <h2>Changed against #{before.data.previous.number}</h2>
      {before.data.items.length === 0 ? <p className="muted">The same bytes.</p> : null}
      {before.data.items.map((item) => (
        <details key={`${item.cluster} ${item.kind} ${item.name}`} open>
          <summary>
            {item.cluster}: {item.change} {item.kind} {item.name}
          </summary>
          <CodeDiff
            label={`Changes of ${item.kind} ${item.name} in ${item.cluster}`}
            before={item.before ?? ''}
            after={item.after ?? ''}
          />
        </details>
      ))}
    </section>
  );
}
