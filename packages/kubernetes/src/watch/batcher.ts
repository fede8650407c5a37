import { eventKind, projectEvent } from '../kinds/event.ts';
import type { WatchedKind } from '../kinds/kind.ts';
import { keyOf, projectObject } from '../projection/project-object.ts';
import type { EventRow, ObjectKey, ObjectRow } from '../projection/row.ts';
import { type Json, objectOf } from '../projection/values.ts';
import type { Clock } from './clock.ts';
import { FenceLostError, type Sink, SinkError, type WatchBatch } from './sink.ts';

/** What a full sync came to: uids of all that exists, its version, and how many objects were too large to be read. */
export type Completion = { seen: ReadonlySet<string>; resourceVersion: string; skipped: number };

/** Gathers changes of one kind into batches; one is under way while the next fills. */
export interface Batcher {
  /** Takes an object; waits while the sink is behind. Returns its uid, `undefined` for one that cannot be kept. */
  put(object: Json): Promise<string | undefined>;
  remove(object: Json): Promise<void>;
  /** A changed object was too large to be read. */
  skip(): void;
  /** All changes up to this version are in hand. */
  advance(resourceVersion: string): void;
  /** Stores all in hand; with `complete`, ends a full sync at the version given. */
  flush(complete?: Completion): Promise<void>;
  /** Drops what is in hand. */
  close(): void;
}

const flushMs = 100;
const maxRows = 1000;
const bookmarkMs = 30_000;

/**
 * @param onFailure called once when the sink fails; nothing is taken afterwards
 */
export function createBatcher(options: {
  kind: WatchedKind;
  sink: Sink;
  clock: Clock;
  onFailure: (error: Error) => void;
}): Batcher {
  const { kind, sink, clock } = options;
  let puts = new Map<string, ObjectRow>();
  let deletes = new Map<string, ObjectKey>();
  let events = new Map<string, EventRow>();
  let skipped = 0;
  let version: string | undefined;
  let storedVersion: string | undefined;
  let versionStoredAt = clock.now();
  let sending: Promise<void> = Promise.resolve();
  let cancelTimer: (() => void) | undefined;
  let failure: Error | undefined;
  let closed = false;

  function size(): number {
    return puts.size + deletes.size + events.size + skipped;
  }

  function takeBatch(complete: Completion | undefined): WatchBatch {
    const batch: WatchBatch = {
      kind,
      puts: [...puts.values()],
      deletes: [...deletes.values()],
      events: [...events.values()],
      ...(complete === undefined ? {} : { complete: complete.seen }),
    };
    const reached = complete?.resourceVersion ?? version;
    if (reached !== undefined) batch.resourceVersion = reached;
    if (complete !== undefined) batch.skipped = { count: complete.skipped, since: 'sync' };
    else if (skipped > 0) batch.skipped = { count: skipped, since: 'batch' };
    skipped = 0;
    puts = new Map();
    deletes = new Map();
    events = new Map();
    storedVersion = reached;
    versionStoredAt = clock.now();
    return batch;
  }

  async function send(batch: WatchBatch): Promise<void> {
    if (failure !== undefined) return;
    try {
      await sink.store(batch);
    } catch (error) {
      failure = error instanceof FenceLostError ? error : new SinkError(error);
      cancelTimer?.();
      if (!closed) options.onFailure(failure);
    }
  }

  /** Puts what is in hand behind the batch under way. */
  function enqueue(complete?: Completion, mayWait?: true): Promise<void> {
    cancelTimer?.();
    cancelTimer = undefined;
    const batch = { ...takeBatch(complete), ...(mayWait === undefined ? {} : { mayWait }) };
    sending = sending.then(() => send(batch));
    return sending;
  }

  function arm(): void {
    if (cancelTimer !== undefined || closed) return;
    cancelTimer = clock.after(flushMs, () => {
      cancelTimer = undefined;
      // Not before the batch under way is stored: meanwhile changes of one object become one.
      void sending.then(() => {
        if (size() > 0 && !closed) void enqueue();
      });
    });
  }

  async function taken(): Promise<void> {
    arm();
    if (size() >= maxRows) {
      await sending;
      if (size() >= maxRows) void enqueue();
    }
    if (failure !== undefined) throw failure;
  }

  return {
    async put(object) {
      if (kind.project === 'event') {
        const row = projectEvent(object);
        if (row === undefined) return undefined;
        events.set(row.uid, row);
        await taken();
        return row.uid;
      }
      const row = projectObject(object, kind.project);
      if (row === undefined) return undefined;
      puts.set(nameOf(row), row);
      await taken();
      return row.uid;
    },
    async remove(object) {
      // An event leaves the cluster after an hour; its row is kept longer.
      if (kind === eventKind) return;
      const key = keyOf(objectOf(object.metadata));
      if (key === undefined) return;
      const name = nameOf(key);
      if (puts.get(name)?.uid === key.uid) puts.delete(name);
      // By uid: of an object and its namesake made and deleted within one batch both are meant.
      deletes.set(`${name}/${key.uid}`, key);
      await taken();
    },
    skip() {
      skipped += 1;
      arm();
    },
    advance(resourceVersion) {
      version = resourceVersion;
      const isDue = clock.now() - versionStoredAt >= bookmarkMs;
      if (isDue && size() === 0 && version !== storedVersion) void enqueue(undefined, true);
    },
    async flush(complete) {
      if (complete !== undefined) version = complete.resourceVersion;
      const isAhead = version !== undefined && version !== storedVersion;
      if (complete !== undefined || size() > 0 || isAhead) await enqueue(complete);
      else await sending;
      if (failure !== undefined) throw failure;
    },
    close() {
      closed = true;
      cancelTimer?.();
    },
  };
}

function nameOf(key: { namespace: string; name: string }): string {
  return `${key.namespace}/${key.name}`;
}
