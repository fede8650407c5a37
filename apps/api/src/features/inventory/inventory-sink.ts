import { FenceLostError, type Sink, type WatchedKind } from '@quarterdeck/kubernetes';
import type { Fence, InventoryStore } from './inventory.store.ts';
import type { EventRow, ListedPlural, WatchedPlural } from './object-rows.ts';

const eventsPerMinute = 2000;
const minuteMs = 60_000;

/**
 * Stores what the reflectors of one cluster see, under the fence. Deletes first, so that a namesake made anew stays;
 * the version last: a process that dies in between reads the same events again, and writing them twice changes nothing.
 */
export function createInventorySink(deps: {
  store: InventoryStore;
  fence: Fence;
  /** Milliseconds that never go back. */
  now: () => number;
  onEventsDropped: (count: number) => void;
}): Sink {
  const { store, fence } = deps;
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

  return {
    async position(kind) {
      const streams = await store.streamsOf(fence.clusterNo);
      const rows = isEvent(kind) ? 0 : await store.countObjects(fence.clusterNo, listed(kind));
      return { resourceVersion: streams.get(watched(kind))?.resourceVersion, rows };
    },

    countUnseen: async (kind, seen) =>
      isEvent(kind) ? { unseen: 0, rows: 0 } : store.countUnseen(fence.clusterNo, listed(kind), [...seen]),

    store: ({ kind, puts, deletes, events, resourceVersion, complete }) =>
      inTurn(async () => {
        if (isEvent(kind)) await held(store.putEvents(fence, takeEvents(events)));
        else {
          await held(store.deleteObjects(fence, listed(kind), deletes));
          await held(store.putObjects(fence, listed(kind), puts));
          if (complete !== undefined) await held(store.deleteUnseen(fence, listed(kind), [...complete]));
        }
        if (resourceVersion !== undefined) await held(store.putVersion(fence, watched(kind), resourceVersion));
      }),

    changeState: (kind, state, reason) =>
      inTurn(() => held(store.putStream(fence, watched(kind), { state, error: reason }))),
  };
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

function watched(kind: WatchedKind): WatchedPlural {
  return kind.resource as WatchedPlural;
}

function listed(kind: WatchedKind): ListedPlural {
  return kind.resource as ListedPlural;
}
