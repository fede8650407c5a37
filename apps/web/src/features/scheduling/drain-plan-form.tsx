import type { DrainPlan, PlannedPod } from '@quarterdeck/contracts';
import { drainNode } from '@quarterdeck/contracts/drains';
import { ActionButton, type Column, DataTable, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { podColumn } from './pod-column.tsx';
import { t } from './scheduling.messages.ts';
import type { SeenNode } from './scheduling.queries.ts';

type Loss = DrainPlan['asks'][number];

const goes = (pod: PlannedPod) => pod.skip === undefined;
const waits = (pod: PlannedPod) => goes(pod) && !pod.leaving && (pod.budgets[0]?.allowed ?? 1) < 1;

const columns: Column<PlannedPod>[] = [
  podColumn<PlannedPod>(),
  { key: 'what', title: t.what, wrap: true, cell: (pod) => <What pod={pod} /> },
];

function What({ pod }: { pod: PlannedPod }) {
  if (pod.skip !== undefined) return <StatusDot status="unknown">{t.stays[pod.skip]}</StatusDot>;
  if (pod.leaving) return <StatusDot status="updating">{t.leaves}</StatusDot>;
  const [budget] = pod.budgets;
  const lost = pod.losses.map((loss) => t.losses[loss]).join(', ');
  return (
    <div>
      <StatusDot status={waits(pod) ? 'waiting' : lost === '' ? 'healthy' : 'degraded'}>
        {lost === '' ? t.goes : `${t.goes}: ${lost}`}
      </StatusDot>
      {budget === undefined ? null : (
        <div className="muted">
          {t.budget(budget.name, budget.allowed, budget.healthy, budget.needed, budget.expected)}
        </div>
      )}
    </div>
  );
}

/** Those that are asked about first, then those a budget holds, then what stays. */
const rankOf = (pod: PlannedPod) => (pod.skip !== undefined ? 3 : pod.losses.length > 0 ? 0 : waits(pod) ? 1 : 2);

/** The plan of a drain: which pods go, what would be lost, how long to try; nothing happens before it is confirmed. */
export function DrainPlanForm(props: {
  node: SeenNode;
  plan: DrainPlan;
  onBegun: (id: string) => void;
  onClose: () => void;
}) {
  const { node, plan } = props;
  const queries = useQueryClient();
  const patienceId = useId();
  const [accepts, setAccepts] = useState<ReadonlySet<Loss>>(new Set());
  const [patienceSeconds, setPatience] = useState(600);
  const [key] = useState(() => crypto.randomUUID());
  const begin = useMutation({
    mutationFn: () =>
      api.call(
        drainNode,
        {
          params: { id: node.clusterId, node: node.name },
          body: { uid: plan.node.uid, accepts: plan.asks.filter((loss) => accepts.has(loss)), patienceSeconds },
        },
        { idempotencyKey: key },
      ),
    async onSuccess(drain) {
      props.onBegun(drain.id);
      await queries.invalidateQueries({ queryKey: ['scheduling', 'drains'] });
    },
  });
  const count = (is: (pod: PlannedPod) => boolean) => plan.pods.filter(is).length;
  const missing = plan.asks.some((loss) => !accepts.has(loss));
  return (
    <>
      <p>{t.planWhat}</p>
      <div className="row wrap" role="status">
        <StatusDot status="healthy">{t.going(count(goes))}</StatusDot>
        {count(waits) === 0 ? null : <StatusDot status="waiting">{t.waitingFor(count(waits))}</StatusDot>}
        <StatusDot status="unknown">{t.staying(count((pod) => !goes(pod)))}</StatusDot>
      </div>
      {plan.node.ready ? null : <p className="notice stale">{t.notReady}</p>}
      {plan.pods.length === 0 ? (
        <p className="muted">{t.empty}</p>
      ) : (
        <DataTable
          label={t.pods}
          columns={columns}
          rows={plan.pods.toSorted((a, b) => rankOf(a) - rankOf(b))}
          rowId={({ uid }) => uid}
        />
      )}
      {plan.asks.map((loss) => (
        <label key={loss} className="check">
          <input
            type="checkbox"
            checked={accepts.has(loss)}
            onChange={() =>
              setAccepts((before) => new Set([...before, loss].filter((each) => each !== loss || !before.has(loss))))
            }
          />
          {t.accept[loss](count((pod) => goes(pod) && !pod.leaving && pod.losses.includes(loss)))}
        </label>
      ))}
      <div className="field">
        <label htmlFor={patienceId}>{t.patience}</label>
        <select id={patienceId} value={patienceSeconds} onChange={(event) => setPatience(Number(event.target.value))}>
          {Object.entries(t.patiences).map(([seconds, words]) => (
            <option key={seconds} value={seconds}>
              {words}
            </option>
          ))}
        </select>
      </div>
      {begin.isError ? <ProblemAlert problem={problemOf(begin.error)} /> : null}
      {missing ? <p className="muted">{t.acceptFirst}</p> : null}
      <div className="row">
        <button type="button" className="button" data-autofocus onClick={props.onClose}>
          {t.cancel}
        </button>
        <ActionButton
          kind="danger"
          reason={missing ? t.acceptFirst : undefined}
          pending={begin.isPending}
          onClick={() => begin.mutate()}
        >
          {begin.isPending ? t.working : t.drainVerb}
        </ActionButton>
      </div>
    </>
  );
}
