import type { InventoryObject } from '@quarterdeck/contracts';
import type { Inventory } from '../inventory/index.ts';
import type { StoredRows } from './machine-rows.ts';
import { isThere, podsOfRuns } from './release-pods.ts';
import { isOfGate } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';

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
    const ids = [...new Set(runs.map(({ clusterId }) => clusterId))];
    const slugs = new Map(await Promise.all(ids.map(async (id) => [id, await slugOf(id)] as const)));
    const labels = { application: rows.place.applicationSlug };
    const { items } = await podsOfRuns(inventory, labels, runs, (id) => slugs.get(id));
    return new Map(
      runs.flatMap((run) => {
        const isMine = (pod: InventoryObject) => isThere(pod, run) && isOfGate(run.gate, pod.labels) === true;
        return items.some((pod) => isMine(pod) && pod.health === 'failed')
          ? [[run.targetId, 'unhealthy_in_soak'] as const]
          : [];
      }),
    );
  };
}
