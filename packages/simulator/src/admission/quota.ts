import { formatQuantity, quantity } from '../objects/quantity.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';

/** What a quota counts of a pod, by its names. */
const counted: Readonly<Record<string, [part: 'requests' | 'limits', resource: string]>> = {
  cpu: ['requests', 'cpu'],
  memory: ['requests', 'memory'],
  'requests.cpu': ['requests', 'cpu'],
  'requests.memory': ['requests', 'memory'],
  'limits.cpu': ['limits', 'cpu'],
  'limits.memory': ['limits', 'memory'],
};

/** What the pods of a quota's namespace use of it, by the names under `hard`. */
export function usedOf(store: ObjectStore, quota: KubeObject): Record<string, string> {
  const pods = store.list(known.pods, quota.metadata.namespace).filter(isLive);
  const names = Object.keys(objectOf(at(quota, 'spec', 'hard')));
  return Object.fromEntries(
    names.map((name) => [
      name,
      formatQuantity(
        name,
        pods.reduce((sum, pod) => sum + useOf(pod, name), 0),
      ),
    ]),
  );
}

/** Why a new pod does not fit into the quotas of its namespace. A quota counts once its controller has seen it. */
export function quotaViolation(store: ObjectStore, pod: KubeObject): string | undefined {
  for (const quota of store.list(known.quotas, pod.metadata.namespace)) {
    const hard = Object.entries(objectOf(at(quota, 'status', 'hard')));
    const { name } = quota.metadata;
    const missing = hard.map(([resource]) => resource).filter((resource) => counted[resource] !== undefined);
    const unset = missing.flatMap((resource) => {
      const without = listOf(at(pod, 'spec', 'containers')).filter((each) => amountOf(each, resource) === undefined);
      return without.length === 0 ? [] : [`${resource} for: ${without.map((each) => textOf(each.name)).join(',')}`];
    });
    if (unset.length > 0) return `failed quota: ${name}: must specify ${unset.sort().join('; ')}`;
    const used = usedOf(store, quota);
    const over = hard
      .filter(([resource, limit]) => quantity(used[resource]) + useOf(pod, resource) > quantity(limit))
      .map(([resource]) => resource)
      .sort();
    if (over.length === 0) continue;
    const list = (value: (resource: string) => string) => over.map((each) => `${each}=${value(each)}`).join(',');
    const requested = list((each) => formatQuantity(each, useOf(pod, each)));
    const limited = list((each) => textOf(objectOf(at(quota, 'status', 'hard'))[each]));
    return `exceeded quota: ${name}, requested: ${requested}, used: ${list((each) => used[each] ?? '0')}, limited: ${limited}`;
  }
  return undefined;
}

function isLive(pod: KubeObject): boolean {
  const phase = at(pod, 'status', 'phase');
  return phase !== 'Succeeded' && phase !== 'Failed';
}

function useOf(pod: KubeObject, name: string): number {
  if (name === 'pods' || name === 'count/pods') return 1;
  return listOf(at(pod, 'spec', 'containers')).reduce((sum, each) => sum + quantity(amountOf(each, name)), 0);
}

function amountOf(container: unknown, name: string): unknown {
  const [part, resource] = counted[name] ?? ['requests', name];
  return at(container, 'resources', part, resource);
}
