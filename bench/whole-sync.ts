import { setTimeout as wait } from 'node:timers/promises';
import { type ClusterSource, type SourceOptions, startSource } from './cluster-source.ts';
import { type ProductUsage, type SyncedProduct, startSyncedProduct } from './synced-product.ts';

export type WholeSync = {
  /** From the start of watching to the first pods in a list, to all rows, and to all kinds streaming; ms. */
  firstRowsMs: number;
  rowsMs: number;
  readyMs: number;
  /** Of lists that were answered meanwhile. */
  listMs: number[];
  /** From the first request for config maps to their last row. */
  configMapsMs: number;
  /** Highest resident memory on the way, of Node and PostgreSQL together, and of Node alone, which began with `start`. */
  peakBytes: number;
  startNodeBytes: number;
  peakNodeBytes: number;
  product: ProductUsage;
  postgresCpuSeconds: number;
  sourceCpuSeconds: number;
};

const patienceMs = 240_000;
const lookMs = 250;
const memoryMs = 1000;
const pauseMs = 100;
const questions = [
  'sort=name',
  'sort=-createdAt',
  'sort=status&health=failed',
  'sort=-restarts',
  'q=app-12',
  'labels=app%3Dapp-77',
];

/** Syncs everything from an empty database while somebody asks for pages, and hands the product over as it then is. */
export async function syncWhole(
  options: SourceOptions & { inLoop?: boolean; watchMemory?: boolean },
  then: (synced: { product: SyncedProduct; source: ClusterSource }) => Promise<void> = async () => {},
): Promise<WholeSync> {
  const source = await startSource(options);
  const product = await startSyncedProduct(source, { inLoop: options.inLoop === true });
  const before = await source.usage();
  const begun = await product.resources();
  const pods = options.pods * options.clusters;
  const startedAt = performance.now();
  const since = () => performance.now() - startedAt;
  let [firstRowsMs, rowsMs, readyMs, peakBytes, peakNodeBytes] = [0, 0, 0, 0, 0];
  const listMs: number[] = [];
  product.watch();

  async function askPages(): Promise<void> {
    for (let at = 0; readyMs === 0; at += 1) {
      const askedAt = performance.now();
      const answer = await fetch(
        `${product.url}/inventory/objects?plural=pods&limit=50&${questions[at % questions.length]}`,
        {
          headers: { cookie: product.cookie },
        },
      );
      const body = (await answer.json()) as { items?: unknown[] };
      if (answer.status !== 200) throw new Error(`a list answered ${answer.status}: ${JSON.stringify(body)}`);
      listMs.push(performance.now() - askedAt);
      if (firstRowsMs === 0 && (body.items?.length ?? 0) > 0) firstRowsMs = since();
      await wait(pauseMs);
    }
  }
  /** Only where it is asked for: to look through all processes costs more than what is measured. */
  async function watchMemory(): Promise<void> {
    while (readyMs === 0 && options.watchMemory === true) {
      const { node, postgres } = await product.resources();
      peakBytes = Math.max(peakBytes, node.rssBytes + postgres.rssBytes);
      peakNodeBytes = Math.max(peakNodeBytes, node.rssBytes);
      await wait(memoryMs);
    }
  }
  async function lookForTheEnd(): Promise<void> {
    while (readyMs === 0) {
      if (since() > patienceMs) throw new Error('not synced in time');
      const { rows } = await product.database.pool.query<{ rows: number; open: number; waiting: number }>(
        `SELECT (SELECT coalesce(sum(n), 0)::int FROM inventory_count WHERE kind_no = 3) AS rows,
           count(*) FILTER (WHERE state = 'streaming')::int AS open, count(*) FILTER (WHERE state <> 'streaming')::int AS waiting
         FROM inventory_stream`,
      );
      const seen = rows[0] ?? { rows: 0, open: 0, waiting: 1 };
      if (rowsMs === 0 && seen.rows === pods) rowsMs = since();
      if (rowsMs > 0 && seen.waiting === 0 && seen.open >= options.clusters * 30) readyMs = since();
      await wait(lookMs);
    }
  }
  try {
    await Promise.all([askPages(), watchMemory(), lookForTheEnd()]);
    const used = await product.usage();
    const after = await source.usage();
    const { rows } = await product.database.pool.query<{ at: Date | null }>(
      'SELECT max(as_of) AS at FROM inventory_stream WHERE kind_no = 29',
    );
    const askedFor = after.askedAt['/api/v1/configmaps'] ?? 0;
    await then({ product, source });
    return {
      ...{ firstRowsMs, rowsMs, readyMs, listMs, product: used },
      ...{ peakBytes, peakNodeBytes, startNodeBytes: begun.node.rssBytes },
      configMapsMs: (rows[0]?.at?.getTime() ?? 0) - askedFor,
      postgresCpuSeconds: (await product.resources()).postgres.cpuSeconds - begun.postgres.cpuSeconds,
      sourceCpuSeconds: after.cpuSeconds - before.cpuSeconds,
    };
  } finally {
    readyMs ||= since();
    await product.stop();
    source.stop();
  }
}
