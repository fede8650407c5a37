import { systemActor } from '../../platform/principal.ts';
import type { Inventory } from '../inventory/index.ts';
import type { StoredRows } from './machine-rows.ts';
import { isOfGate } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';

const reader = systemActor('releases', ['inventory:read']).principal;

/** Targets of a wave that soaks, some pod of which fails although its run was healthy, with the class of what happened. */
export function createUnwell(deps: {
  store: ReleasesStore;
  inventory: Inventory;
  slugOf: (clusterId: string) => Promise<string>;
}) {
  const { store, inventory, slugOf } = deps;
  return async function unwell(rows: StoredRows): Promise<ReadonlyMap<string, string>> {
    const soaking = new Set(rows.waves.flatMap(({ state, index }) => (state === 'soaking' ? [index] : [])));
    const runs = (await store.runsOf(rows.release.id)).filter(
      (run) => soaking.has(run.wave) && run.state === 'healthy',
    );
    if (runs.length === 0) return new Map();
    const clusters = await Promise.all([...new Set(runs.map(({ clusterId }) => clusterId))].map(slugOf));
    const { items } = await inventory.list(reader, {
      plural: 'pods',
      clusters,
      namespaces: [...new Set(runs.map(({ namespace }) => namespace))],
      labels: `app.kubernetes.io/name=${rows.place.applicationSlug}`,
      sort: 'name',
      limit: 200,
    });
    return new Map(
      runs.flatMap((run) => {
        const isMine = (pod: (typeof items)[number]) =>
          pod.clusterId === run.clusterId && pod.namespace === run.namespace && isOfGate(run.gate, pod.labels) === true;
        return items.some((pod) => isMine(pod) && pod.health === 'failed')
          ? [[run.targetId, 'unhealthy_in_soak'] as const]
          : [];
      }),
    );
  };
}
