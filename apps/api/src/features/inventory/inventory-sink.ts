import { FenceLostError, type Sink, type WatchBatch, type WatchedKind } from '@quarterdeck/kubernetes';
import type { Fence, InventoryStore } from './inventory.store.ts';
import { type KnownRows, knowRows } from './known-rows.ts';
import { type EventRow, type KindKey, rbacGroup, writtenRow } from './object-rows.ts';
import type { RbacStore } from './rbac.store.ts';
import type { StreamChange } from './stream-batch.ts';
import { createStreamChanges } from './stream-changes.ts';

const eventsPerMinute = 2000;
const minuteMs = 60_000;
/** How old a stored position may be while nothing changes but what rows do not show. */
const positionMs = 30_000;

/**
 * Stores what the reflectors of one cluster see, under the fence: each batch is one statement, its position included.
 * Events are written before their position: after a crash in between they are read and written once more. Rows that are
 * stored already are not sent again. What brings no rows, states and positions, is written of many kinds together.
 */
export function createInventorySink(deps: {
  store: InventoryStore;
  rbac: RbacStore;
  fence: Fence;
  /** Milliseconds that never go back. */
  now: () => number;
  onEventsDropped: (count: number) => void;
}): Sink & {
  /** Stores positions that were to wait. */
  flush(): Promise<void>;
} {
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

  const streams = createStreamChanges({
    write: (take) =>
      inTurn(async () => {
        const changes = take();
        if (changes.size > 0) await held(store.putStreams(fence, changes));
      }),
  });

  /** What was there at the start, of kinds that have not been read yet: since then nobody but this sink writes. */
  let left: ReturnType<InventoryStore['leftOf']> | undefined;
  const wasRead = new Set<KindKey>();

  async function readPosition(kind: WatchedKind, key: KindKey) {
    if (wasRead.has(key)) {
      return { stream: await store.streamOf(fence.clusterNo, key), rows: await readRows(kind, key, true) };
    }
    left ??= store.leftOf(fence.clusterNo);
    const { isNew, streams: found } = await left.catch((error: unknown) => {
      left = undefined;
      throw error;
    });
    const stream = found.get(key);
    const rows = await readRows(kind, key, stream?.hasRows ?? !isNew);
    wasRead.add(key);
    return { stream, rows };
  }

  /**
   * Of kinds whose position was read; while a batch is under way, as it was before. After a write that failed nobody
   * knows what is there.
   */
  const known = new Map<KindKey, KnownRows>();
  const positionedAt = new Map<KindKey, number>();

  async function readRows(kind: WatchedKind, key: KindKey, mayHave: boolean): Promise<number> {
    if (isEvent(kind)) return 0;
    if (isRbac(kind)) return rbac.count(fence.clusterNo, key);
    const rows = knowRows(mayHave ? await store.fingerprints(fence.clusterNo, key) : new Map());
    known.set(key, rows);
    return rows.size;
  }

  async function storeObjects(key: KindKey, batch: WatchBatch, position: Position | undefined): Promise<void> {
    const { deletes, complete, skipped } = batch;
    const rows = batch.puts.map(writtenRow);
    const before = known.get(key);
    const puts = before?.changed(rows, deletes) ?? rows;
    // Only what rows do not show has changed: from an older position it would be read once more, to the same end.
    const isNoNews = rows.length > 0 && puts.length + deletes.length === 0 && complete === undefined;
    const isFresh = deps.now() - (positionedAt.get(key) ?? Number.NEGATIVE_INFINITY) < positionMs;
    if (isNoNews && (position === undefined || isFresh)) return;
    // What is known need not be looked for: to compare every row with every uid costs as much as to write them.
    const gone = complete === undefined ? [] : before?.unseen(complete);
    if (puts.length + deletes.length === 0 && gone?.length === 0) {
      await streams.put(key, { ...placed(position), ...counted(skipped) });
      if (position !== undefined) positionedAt.set(key, deps.now());
      return;
    }
    streams.overtake(key);
    const end = gone === undefined ? { complete: [...(complete ?? [])] } : { gone };
    try {
      await inTurn(() => held(store.storeBatch(fence, key, { puts, deletes, ...end, position })));
      await streams.put(key, counted(skipped));
    } catch (error) {
      known.delete(key);
      throw error;
    }
    if (position !== undefined) positionedAt.set(key, deps.now());
    if (before === undefined) return;
    before.stored({ puts, deletes, gone: gone ?? [] });
    known.set(key, before);
  }

  return {
    async position(kind) {
      const key = await store.keyOf(kind);
      const { stream, rows } = await readPosition(kind, key);
      // Rows that were projected otherwise are read again, all of them.
      const isUsable = stream?.projection === projectionOf(kind);
      return { resourceVersion: isUsable ? stream.resourceVersion : undefined, rows };
    },

    async countUnseen(kind, seen) {
      if (isEvent(kind)) return { unseen: 0, rows: 0 };
      const key = await store.keyOf(kind);
      const rows = known.get(key);
      if (rows !== undefined) return { unseen: rows.unseen(seen).length, rows: rows.size };
      return isRbac(kind)
        ? rbac.countUnseen(fence.clusterNo, key, [...seen])
        : store.countUnseen(fence.clusterNo, key, [...seen]);
    },

    async store(batch) {
      const { kind, events, resourceVersion, skipped } = batch;
      const key = await store.keyOf(kind);
      const position = resourceVersion === undefined ? undefined : { resourceVersion, projection: projectionOf(kind) };
      if (batch.mayWait === true && position !== undefined) return streams.putLater(key, position);
      if (isEvent(kind)) {
        if (events.length > 0) {
          streams.overtake(key);
          await inTurn(() => held(store.putEvents(fence, takeEvents(events))));
        }
        await streams.put(key, { ...placed(position), ...counted(skipped) });
      } else if (isRbac(kind)) {
        const { puts, deletes, complete } = batch;
        const seen = complete === undefined ? undefined : [...complete];
        streams.overtake(key);
        await inTurn(() => held(rbac.storeBatch(fence, key, { puts, deletes, complete: seen, position })));
        await streams.put(key, counted(skipped));
      } else await storeObjects(key, batch, position);
      if (skipped?.since === 'batch') await inTurn(() => held(store.putSkipped(fence, key, skipped.count)));
    },

    async changeState(kind, state, reason) {
      await streams.put(await store.keyOf(kind), { state, error: reason });
      // Whether a cluster's RBAC is known decides over every row of it.
      if (isRbac(kind)) await inTurn(() => held(rbac.touch(fence)));
    },

    flush: () => streams.flush(),

    serves: (kinds, { forgetOthers }) =>
      inTurn(async () => {
        const keys: KindKey[] = [];
        for (const kind of kinds) keys.push(await store.keyOf(kind));
        await held(store.putServed(fence, keys));
        if (!forgetOthers) return;
        for (const key of known.keys()) if (!keys.includes(key)) known.delete(key);
        await held(store.keepOnly(fence, keys));
        // Of what has just gone nothing is left.
        left = undefined;
      }),
  };
}

type Position = { resourceVersion: string; projection: string };

function placed(position: Position | undefined): StreamChange {
  return position === undefined ? {} : { position };
}

/** A full sync counts them anew. */
function counted(skipped: WatchBatch['skipped']): StreamChange {
  return skipped?.since === 'sync' ? { skipped: skipped.count } : {};
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
