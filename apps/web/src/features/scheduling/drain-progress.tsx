import type { Drain, DrainPod } from '@quarterdeck/contracts';
import { cancelDrain } from '@quarterdeck/contracts/drains';
import { type Column, DataTable, ProblemAlert, Skeleton, type Status, StatusDot, TimeText } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, problemOf } from '../../platform/api.ts';
import { useLiveRows } from '../../platform/live.ts';
import { podColumn } from './pod-column.tsx';
import { t } from './scheduling.messages.ts';

const statusOf: Record<DrainPod['state'], Status> = {
  waiting: 'unknown',
  evicting: 'updating',
  blocked: 'waiting',
  leaving: 'updating',
  gone: 'healthy',
  skipped: 'unknown',
  left: 'degraded',
  refused: 'failed',
};
const statusOfDrain: Record<Drain['state'], Status> = {
  running: 'updating',
  done: 'healthy',
  cancelled: 'degraded',
  failed: 'failed',
};
/** What somebody may have to do something about comes first. */
const order: readonly DrainPod['state'][] = [
  'refused',
  'blocked',
  'left',
  'evicting',
  'leaving',
  'waiting',
  'gone',
  'skipped',
];

const columns: Column<DrainPod>[] = [
  podColumn<DrainPod>(),
  { key: 'state', title: t.what, wrap: true, cell: (pod) => <PodState pod={pod} /> },
];

function PodState({ pod }: { pod: DrainPod }) {
  const skip =
    pod.state === 'skipped' && (pod.detail === 'daemonset' || pod.detail === 'mirror') ? pod.detail : undefined;
  if (skip !== undefined) return <StatusDot status="unknown">{t.stays[skip]}</StatusDot>;
  return (
    <div>
      <StatusDot status={statusOf[pod.state]}>
        {t.states[pod.state]}
        {pod.state === 'blocked' && pod.tries > 1 ? ` (${t.tried(pod.tries)})` : ''}
      </StatusDot>
      {pod.detail === undefined ? null : <div className="muted">{pod.detail}</div>}
    </div>
  );
}

/** A drain as it goes: each pod's state, what blocks it, and how to stop it. */
export function DrainProgress({ id, onClose }: { id: string; onClose: () => void }) {
  const { rows, refusal } = useLiveRows<Drain>('scheduling.drain', { id });
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => api.call(cancelDrain, { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['scheduling'] }),
  });
  const [drain] = rows ?? [];
  const close = (
    <button type="button" className="button" data-autofocus onClick={onClose}>
      {t.close}
    </button>
  );
  if (drain === undefined) {
    return (
      <>
        {refusal === undefined ? <Skeleton rows={6} /> : <p className="notice failed">{refusal}</p>}
        <div className="row">{close}</div>
      </>
    );
  }
  const mine = drain.pods.filter(({ state }) => state !== 'skipped');
  const gone = mine.filter(({ state }) => state === 'gone').length;
  const isRunning = drain.state === 'running';
  return (
    <>
      <div className="row wrap" role="status">
        <StatusDot status={statusOfDrain[drain.state]}>{t.drainStates[drain.state]}</StatusDot>
        <span className="muted">{t.by(drain.createdBy)}</span>
        {drain.listed ? (
          <>
            <progress
              max={Math.max(mine.length, 1)}
              value={mine.length === 0 ? 1 : gone}
              aria-label={t.progress(gone, mine.length)}
            />
            <span>{t.progress(gone, mine.length)}</span>
          </>
        ) : isRunning ? (
          <span>{t.begins}</span>
        ) : null}
        {isRunning ? (
          <span className="muted">
            {t.until} <TimeText at={drain.deadlineAt} />
          </span>
        ) : null}
      </div>
      {drain.detail === undefined ? null : (
        <p className={drain.state === 'done' ? 'notice' : drain.state === 'failed' ? 'notice failed' : 'notice stale'}>
          {drain.detail}
          {drain.state === 'cancelled' ? ` ${t.left}` : ''}
        </p>
      )}
      {drain.pods.length === 0 ? null : (
        <DataTable
          label={t.pods}
          columns={columns}
          rows={drain.pods.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))}
          rowId={({ uid }) => uid}
        />
      )}
      {cancel.isError ? <ProblemAlert problem={problemOf(cancel.error)} /> : null}
      {isRunning ? <p className="muted">{t.goesOn}</p> : null}
      <div className="row">
        {close}
        {isRunning ? (
          <button type="button" className="button danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            {t.stop}
          </button>
        ) : null}
      </div>
    </>
  );
}
