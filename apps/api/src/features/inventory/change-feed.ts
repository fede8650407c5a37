import type { Database } from '@quarterdeck/database';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import type { KindKey } from './object-rows.ts';

export type InventoryChange = { clusterNo: number; plural: KindKey; id: string; op: 'I' | 'U' | 'D' };

/** `undefined`: some changes were missed, ask for everything again. */
export type ChangeHandler = (changes: readonly InventoryChange[] | undefined) => void;

/** Reads each cluster's changes once for all subscribers of this process. */
export interface ChangeFeed {
  subscribe(handler: ChangeHandler): () => void;
  /** Resolves when every later change will be told to those subscribed. */
  ready(): Promise<void>;
  /** Up to where a cluster's changes have been told to those subscribed; `undefined` for one that is not known yet. */
  revisionOf(clusterNo: number): bigint | undefined;
}

/** Short beside the 100 ms that a worker gathers: a change is to be seen within a quarter of a second. */
const gatherMs = 40;
const pollMs = 2000;
const chunk = 5000;

/**
 * NOTIFY says which cluster moved; as it can be lost, the heads are looked at each two seconds, too. The rows are read
 * at most 25 times a second. A reader that fell behind by more than a chunk, or behind the kept changes, tells its
 * subscribers to start afresh.
 */
export function createChangeFeed(deps: {
  database: Database;
  readModel: InventoryReadModel;
  logger: Logger;
}): ChangeFeed {
  const { database, readModel, logger } = deps;
  const handlers = new Set<ChangeHandler>();
  const seen = new Map<number, bigint>();
  const moved = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let poll: NodeJS.Timeout | undefined;
  let stopListening = () => {};
  let reading: Promise<void> = Promise.resolve();

  function tell(changes: readonly InventoryChange[] | undefined): void {
    for (const handler of handlers) handler(changes);
  }

  function adopt(revisions: ReadonlyMap<number, string>): void {
    seen.clear();
    for (const [clusterNo, rev] of revisions) seen.set(clusterNo, BigInt(rev));
  }

  /** After another read; a failure means that something may have been missed. */
  function enqueue(work: () => Promise<void>): Promise<void> {
    reading = reading.then(work).catch((error: unknown) => {
      logger.warn({ err: error }, 'change feed failed');
      tell(undefined);
    });
    return reading;
  }

  async function read(): Promise<void> {
    const after = new Map([...moved].map((clusterNo) => [clusterNo, seen.get(clusterNo) ?? 0n]));
    moved.clear();
    if (after.size === 0) return;
    for (const [clusterNo, rows] of await readModel.changesAfter(after, chunk)) {
      const [first, last] = [rows.at(0), rows.at(-1)];
      if (first === undefined || last === undefined) continue;
      // Every revision leaves changes: a hole is what was swept away meanwhile.
      if (rows.length === chunk || BigInt(first.rev) !== (after.get(clusterNo) ?? 0n) + 1n) {
        const revisions = await readModel.revisions();
        // In this order: nobody takes the new position for one up to which they were told.
        tell(undefined);
        adopt(revisions);
        return;
      }
      seen.set(clusterNo, BigInt(last.rev));
      tell(rows.flatMap(({ plural, id, op }) => (plural === undefined ? [] : [{ clusterNo, plural, id, op }])));
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      timer = undefined;
      void enqueue(read);
    }, gatherMs);
  }

  async function lookAtHeads(): Promise<void> {
    for (const [clusterNo, rev] of await readModel.revisions()) {
      if (BigInt(rev) > (seen.get(clusterNo) ?? 0n)) moved.add(clusterNo);
    }
    if (moved.size > 0) await read();
  }

  function onNotify(payload: string | undefined): void {
    if (payload === undefined) return void enqueue(lookAtHeads);
    const cluster = clusterOf(payload);
    if (cluster === undefined) return;
    moved.add(cluster);
    schedule();
  }

  function start(): void {
    void enqueue(async () => adopt(await readModel.revisions()));
    stopListening = database.listen('quarterdeck_inventory', onNotify);
    poll = setInterval(() => void enqueue(lookAtHeads), pollMs);
  }

  function stop(): void {
    stopListening();
    clearInterval(poll);
    clearTimeout(timer);
    timer = undefined;
    moved.clear();
  }

  return {
    ready: () => reading,
    revisionOf: (clusterNo) => seen.get(clusterNo),
    subscribe(handler) {
      handlers.add(handler);
      if (handlers.size === 1) start();
      return () => {
        if (handlers.delete(handler) && handlers.size === 0) stop();
      };
    },
  };
}

function clusterOf(payload: string): number | undefined {
  try {
    const { cluster } = JSON.parse(payload) as { cluster?: unknown };
    return typeof cluster === 'number' ? cluster : undefined;
  } catch {
    return undefined;
  }
}
