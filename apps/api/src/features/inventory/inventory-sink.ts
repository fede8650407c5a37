import { FenceLostError, type Sink, type WatchedKind } from '@quarterdeck/kubernetes';
import type { Fence, InventoryStore } from './inventory.store.ts';
import { type EventRow, type KindKey, rbacGroup } from './object-rows.ts';
import type { RbacStore } from './rbac.store.ts';

const eventsPerMinute = 2000;
const minuteMs = 60_000;

/**
 * Stores what the reflectors of one cluster see, under the fence: each batch is one statement, its position included.
 * Events are written before their position: after a crash in between they are read and written once more.
 */
export function createInventorySink(deps: {
  store: InventoryStore;
  rbac: RbacStore;
  fence: Fence;
  /** Milliseconds that never go back. */
  now: () => number;
  onEventsDropped: (count: number) => void;
}): Sink {
  const { store, rbac, fence } = deps;
  const takeEvents = createEventLimit(deps);
  let last: Promise<unknown> = Promise.resolve();

  /** One write of a cluster at a time: more would only wait on its head row, each holding a connection. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = last.then(work);
    last = next.catch(() => {});
    return next;
  }

  async function held(write: Promise<{ held: boolean }>): Promise<void> {
    if (!(await write).held) throw new FenceLostError();
  }

  function countRows(kind: WatchedKind, key: KindKey): Promise<number> {
    if (isEvent(kind)) return Promise.resolve(0);
    return isRbac(kind) ? rbac.count(fence.clusterNo, key) : store.countObjects(fence.clusterNo, key);
  }

  return {
    async position(kind) {
      const key = await store.keyOf(kind);
      const stream = await store.streamOf(fence.clusterNo, key);
      const rows = await countRows(kind, key);
      // Rows that were projected otherwise are read again, all of them.
      const isUsable = stream?.projection === projectionOf(kind);
      return { resourceVersion: isUsable ? stream.resourceVersion : undefined, rows };
    },

    async countUnseen(kind, seen) {
      if (isEvent(kind)) return { unseen: 0, rows: 0 };
      const key = await store.keyOf(kind);
      return isRbac(kind)
        ? rbac.countUnseen(fence.clusterNo, key, [...seen])
        : store.countUnseen(fence.clusterNo, key, [...seen]);
    },

    store: ({ kind, puts, deletes, events, resourceVersion, complete, skipped }) =>
      inTurn(async () => {
        const key = await store.keyOf(kind);
        const position =
          resourceVersion === undefined ? undefined : { resourceVersion, projection: projectionOf(kind) };
        if (isEvent(kind)) {
          await held(store.putEvents(fence, takeEvents(events)));
          await held(store.storeBatch(fence, key, { puts: [], deletes: [], position }));
        } else {
          const seen = complete === undefined ? undefined : [...complete];
          const batch = { puts, deletes, complete: seen, position };
          await held(isRbac(kind) ? rbac.storeBatch(fence, key, batch) : store.storeBatch(fence, key, batch));
        }
        if (skipped !== undefined) await held(store.putSkipped(fence, key, skipped));
      }),

    changeState: (kind, state, reason) =>
      inTurn(async () => {
        await held(store.putStream(fence, await store.keyOf(kind), { state, error: reason }));
        // Whether a cluster's RBAC is known decides over every row of it.
        if (isRbac(kind)) await held(rbac.touch(fence));
      }),

    serves: (kinds, { forgetOthers }) =>
      inTurn(async () => {
        const keys: KindKey[] = [];
        for (const kind of kinds) keys.push(await store.keyOf(kind));
        await held(store.putServed(fence, keys));
        if (forgetOthers) await held(store.keepOnly(fence, keys));
      }),
  };
}

function projectionOf({ projection = '1' }: WatchedKind): string {
  return projection;
}

/** At most 2,000 events a minute of a cluster; when there are more, warnings come first. */
function createEventLimit(deps: { now: () => number; onEventsDropped: (count: number) => void }) {
  let since = Number.NEGATIVE_INFINITY;
  let taken = 0;
  return (events: readonly EventRow[]): readonly EventRow[] => {
    if (deps.now() - since >= minuteMs) {
      since = deps.now();
      taken = 0;
    }
    const room = eventsPerMinute - taken;
    taken += Math.min(room, events.length);
    if (events.length <= room) return events;
    deps.onEventsDropped(events.length - room);
    return events.toSorted((a, b) => Number(b.type === 'Warning') - Number(a.type === 'Warning')).slice(0, room);
  };
}

/** An event that the cluster forgot is still something that happened: ours go by age. */
function isEvent(kind: WatchedKind): boolean {
  return kind.project === 'event';
}

/** Roles and bindings are no rows: they decide who sees those. */
function isRbac(kind: WatchedKind): boolean {
  return kind.group === rbacGroup;
}
