import type { Database } from '@quarterdeck/database';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import type { ListedPlural } from './object-rows.ts';

export type InventoryChange = { clusterNo: number; plural: ListedPlural; id: string; op: 'I' | 'U' | 'D' };

/** Reads each cluster's changes once for all subscribers of this process. */
export interface ChangeFeed {
  /** `undefined`: some changes were missed, ask for everything again. */
  subscribe(handler: (changes: readonly InventoryChange[] | undefined) => void): () => void;
}

const gatherMs = 100;
const chunk = 5000;

/**
 * NOTIFY says which cluster moved; the rows are read at most ten times a second a cluster. A reader that fell behind
 * by more than a chunk, or lost its connection, tells its subscribers to start afresh.
 */
export function createChangeFeed(deps: {
  database: Database;
  readModel: InventoryReadModel;
  logger: Logger;
}): ChangeFeed {
  const { database, readModel, logger } = deps;
  const handlers = new Set<(changes: readonly InventoryChange[] | undefined) => void>();
  const seen = new Map<number, bigint>();
  const moved = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let reading: Promise<void> = Promise.resolve();
  let started = false;

  function tell(changes: readonly InventoryChange[] | undefined): void {
    for (const handler of handlers) handler(changes);
  }

  async function catchUp(): Promise<void> {
    seen.clear();
    for (const [clusterNo, rev] of await readModel.revisions()) seen.set(clusterNo, BigInt(rev));
  }

  async function read(): Promise<void> {
    const clusterNos = [...moved];
    moved.clear();
    for (const clusterNo of clusterNos) {
      const after = seen.get(clusterNo) ?? 0n;
      const rows = await readModel.changesAfter(clusterNo, String(after), chunk);
      const last = rows.at(-1);
      if (last === undefined) continue;
      seen.set(clusterNo, BigInt(last.rev));
      if (rows.length === chunk) {
        await catchUp();
        tell(undefined);
        return;
      }
      tell(
        rows.flatMap((row) =>
          row.plural === undefined ? [] : [{ clusterNo, plural: row.plural, id: row.id, op: row.op }],
        ),
      );
    }
  }

  function schedule(): void {
    if (timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      reading = reading.then(read).catch((error: unknown) => {
        logger.warn({ err: error }, 'change feed failed');
        tell(undefined);
      });
    }, gatherMs);
  }

  function start(): void {
    if (started) return;
    started = true;
    reading = catchUp().catch((error: unknown) => logger.warn({ err: error }, 'change feed failed'));
    database.listen('quarterdeck_inventory', (payload) => {
      if (payload === undefined) {
        reading = reading.then(catchUp).then(
          () => tell(undefined),
          () => tell(undefined),
        );
        return;
      }
      const cluster = Number((JSON.parse(payload) as { cluster?: unknown }).cluster);
      if (!Number.isInteger(cluster)) return;
      moved.add(cluster);
      schedule();
    });
  }

  return {
    subscribe(handler) {
      start();
      handlers.add(handler);
      return () => void handlers.delete(handler);
    },
  };
}
