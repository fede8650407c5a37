import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createDatabase, type Database } from '@quarterdeck/database';
import { startFaultPostgres } from '@quarterdeck/database/testing';
import type { ClusterSource } from './cluster-source.ts';
import { usageOf } from './usage.ts';

export type ProductOptions = { databaseUrl: string; servers: string[]; caPem: string; inLoop: boolean };
export type ToProduct = 'watch' | 'usage' | 'stop';
export type ProductUsage = {
  cpuSeconds: number;
  rssBytes: number;
  /** How late the event loop was, from the start of watching. */
  loopP99Ms: number;
  loopMaxMs: number;
  upMs: number;
};

/** The product with registered clusters on an empty, durable PostgreSQL, each in a process of its own. */
export type SyncedProduct = {
  /** Base of the API, and the session of its owner. */
  url: string;
  cookie: string;
  database: Database;
  /** Starts the worker: clusters are watched from now on. */
  watch(): void;
  usage(): Promise<ProductUsage>;
  /** Resident memory, bytes, and CPU, s, of Node and of PostgreSQL. */
  resources(): Promise<{ node: Resources; postgres: Resources }>;
  stop(): Promise<void>;
};
type Resources = Awaited<ReturnType<typeof usageOf>>;

export async function startSyncedProduct(source: ClusterSource, { inLoop = false } = {}): Promise<SyncedProduct> {
  const postgres = await startFaultPostgres();
  const { servers, caPem } = source;
  const options: ProductOptions = { databaseUrl: postgres.url(), servers, caPem, inLoop };
  const file = fileURLToPath(new URL('./synced-product.process.ts', import.meta.url));
  const child = fork(file, [JSON.stringify(options)]);
  const [{ url, cookie }] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the product ended with ${code}`))),
  ])) as [Pick<SyncedProduct, 'url' | 'cookie'>];
  const database = createDatabase({ url: postgres.url(), maxConnections: 2 });
  return {
    url,
    cookie,
    database,
    watch: () => void child.send('watch' satisfies ToProduct),
    usage: () => ask(child),
    async resources() {
      const [node, ofPostgres] = await Promise.all([usageOf(child.pid ?? 0), usageOf(postgres.pid)]);
      return { node, postgres: ofPostgres };
    },
    async stop() {
      const ended = once(child, 'exit');
      child.send('stop' satisfies ToProduct);
      await ended;
      await database.close();
      await postgres.remove();
    },
  };
}

async function ask(child: ChildProcess): Promise<ProductUsage> {
  const answered = once(child, 'message');
  child.send('usage' satisfies ToProduct);
  return (await answered)[0] as ProductUsage;
}
