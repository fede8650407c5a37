import {
  FenceLostError,
  type KubeObject,
  projectEvent,
  projectObject,
  type Sink,
  type WatchedKind,
} from '@quarterdeck/kubernetes';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Fence, InventoryStore } from './inventory.store.ts';
import type { ListedPlural, WatchedPlural } from './object-rows.ts';

/** A reflector's sink that projects objects and writes rows under the fence. */
export function createInventorySink(deps: {
  store: InventoryStore;
  fence: Fence;
  kind: WatchedKind;
  logger: Logger;
}): Sink {
  const { store, fence, kind, logger } = deps;
  const plural = kind.resource as WatchedPlural;

  async function held(write: Promise<{ held: boolean }>): Promise<void> {
    if (!(await write).held) throw new FenceLostError();
  }

  const shared = {
    version: (resourceVersion: string) => held(store.putVersion(fence, plural, resourceVersion)),
    state: (state: Parameters<Sink['state']>[0], error?: string) =>
      held(store.putStream(fence, plural, { state, error })),
    skipped(bytes: number) {
      logger.warn({ cluster: fence.clusterNo, kind: kind.kind, bytes }, 'object too large, passed over');
    },
  };

  if (kind.project === 'event') {
    return {
      ...shared,
      put: (objects) =>
        held(
          store.putEvents(
            fence,
            objects.flatMap((object) => projectEvent(object) ?? []),
          ),
        ),
      // An event that the cluster forgot is still something that happened: ours go by age.
      remove: async () => {},
      completeSync: (_seen, resourceVersion) =>
        held(store.putStream(fence, plural, { state: 'streaming', resourceVersion })),
      count: async () => 0,
    };
  }

  const { project } = kind;
  const listed = plural as ListedPlural;
  const toRows = (objects: readonly KubeObject[]) => objects.flatMap((object) => projectObject(object, project) ?? []);
  return {
    ...shared,
    put: (objects) => held(store.putObjects(fence, listed, toRows(objects))),
    remove: (keys) => held(store.deleteObjects(fence, listed, keys)),
    async completeSync(seen, resourceVersion) {
      await held(store.deleteUnseen(fence, listed, [...seen]));
      await held(store.putStream(fence, plural, { state: 'streaming', resourceVersion }));
    },
    count: () => store.countObjects(fence.clusterNo, listed),
  };
}
