import { matchesSelector } from '../objects/selectors.ts';
import { at, type KubeObject } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, keepTime, putStatus } from './context.ts';
import { share } from './deployment.ts';
import { isReady, phaseOf } from './owned-pods.ts';

/** Counts how many pods a disruption budget lets go. */
export function reconcileBudget(context: Context, namespace: string, name: string): void {
  const { store } = context;
  const budget = store.get(known.budgets, namespace, name);
  if (budget === undefined) return;
  const pods = store
    .list(known.pods, namespace)
    .filter((pod) => matchesSelector(pod.metadata.labels, at(budget, 'spec', 'selector')))
    .filter((pod) => phaseOf(pod) !== 'Succeeded' && phaseOf(pod) !== 'Failed');
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const isOfScale = maxUnavailable !== undefined || String(minAvailable).endsWith('%');
  const expectedPods = isOfScale ? wantedBy(context, pods) : pods.length;
  const currentHealthy = pods.filter(isReady).length;
  const desiredHealthy =
    maxUnavailable === undefined
      ? share(minAvailable ?? 1, expectedPods, Math.ceil)
      : Math.max(0, expectedPods - share(maxUnavailable, expectedPods, Math.ceil));
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const isAllowed = disruptionsAllowed > 0;
  putStatus(context, known.budgets, budget, {
    observedGeneration: budget.metadata.generation,
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: [
      keepTime(context, budget, {
        type: 'DisruptionAllowed',
        status: isAllowed ? 'True' : 'False',
        observedGeneration: budget.metadata.generation,
        reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
        message: '',
      }),
    ],
  });
}

/** How many pods the owners of these want. */
function wantedBy({ store }: Context, pods: readonly KubeObject[]): number {
  const owners = new Map<string, number>();
  for (const { metadata } of pods) {
    const [owner] = metadata.ownerReferences ?? [];
    if (owner === undefined) continue;
    const kind = { ReplicaSet: known.replicaSets, StatefulSet: known.statefulSets }[owner.kind];
    const found = kind === undefined ? undefined : store.get(kind, metadata.namespace, owner.name);
    owners.set(owner.uid, Number(at(found, 'spec', 'replicas') ?? 0));
  }
  return [...owners.values()].reduce((sum, replicas) => sum + replicas, 0);
}

/** Budgets of a namespace that guard a pod. */
export function budgetsOf({ store }: Context, pod: KubeObject): string[] {
  return store
    .list(known.budgets, pod.metadata.namespace)
    .filter((budget) => matchesSelector(pod.metadata.labels, at(budget, 'spec', 'selector')))
    .map(({ metadata }) => metadata.name);
}
