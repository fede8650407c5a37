import { ApiError, notFound, replaced } from '../objects/api-error.ts';
import { matchesSelector } from '../objects/selectors.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';

/**
 * Lets a pod go, where its disruption budget allows.
 * @throws ApiError 429 with the numbers of the budget, 404, 409 for another pod of the name
 */
export function evict(store: ObjectStore, pod: KubeObject, eviction: Json): void {
  const { namespace, name, uid } = pod.metadata;
  if (store.get(known.pods, namespace, name) === undefined) throw notFound(known.pods, name);
  const options = objectOf(eviction.deleteOptions);
  const wanted = textOf(at(options, 'preconditions', 'uid'));
  if (wanted !== '' && wanted !== uid) throw replaced(known.pods, name, wanted, uid);
  const phase = at(pod, 'status', 'phase');
  const budget =
    phase === 'Succeeded' || phase === 'Failed'
      ? undefined
      : store
          .list(known.budgets, namespace)
          .find((each) => matchesSelector(pod.metadata.labels, at(each, 'spec', 'selector')));
  if (budget !== undefined && Number(at(budget, 'status', 'disruptionsAllowed') ?? 0) < 1) throw blocked(budget);
  if (Array.isArray(options.dryRun) && options.dryRun.includes('All')) return;
  if (budget !== undefined) {
    const left = Number(at(budget, 'status', 'disruptionsAllowed')) - 1;
    store.put(known.budgets, { ...budget, status: { ...budget.status, disruptionsAllowed: left } });
  }
  store.remove(known.pods, pod);
}

function blocked(budget: KubeObject): ApiError {
  const { desiredHealthy = 0, currentHealthy = 0 } = budget.status ?? {};
  const message = `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  const words = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new ApiError(429, 'TooManyRequests', words, { causes: [{ reason: 'DisruptionBudget', message }] });
}
