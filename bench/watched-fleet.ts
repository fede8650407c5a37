import { randomBytes } from 'node:crypto';
import { registerCluster, summarizeInventory } from '@quarterdeck/contracts';
import { startFaultPostgres } from '@quarterdeck/database/testing';
import {
  claimProduct,
  makeDataFolder,
  type Owner,
  type Product,
  removeDataFolder,
  startProduct,
  startSimulated,
  type TestCluster,
  waitFor,
} from '@quarterdeck/testing';
import { newKeyringText } from '../apps/api/src/platform/crypto/keyring.ts';
import { usageOf } from './usage.ts';

/** Each is asked who it is and what it lets us do before it is stored: some thirty answers of a simulated API server. */
const atOnce = 4;
/** For all to be in sync, once the last is registered. Simulated API servers share the two cores. */
const patienceMs = 15 * 60_000;
/** For one to be registered, tried again where it was too slow. */
const registerMs = 120_000;
const tooSlow: ReadonlySet<string> = new Set(['cluster_unreachable', 'cluster_timeout']);
const mebibyte = 2 ** 20;

/** Of the server, the worker, and PostgreSQL with all its processes. */
export type PartUsage = { name: string; mebibytes: number; cpuSeconds: number };

/** A server, a worker and a PostgreSQL, and simulated clusters in this process that they do not know yet. */
export type WatchedFleet = {
  owner: Owner;
  server: Product;
  clusters: readonly TestCluster[];
  /** Prints a line with the seconds since the start. */
  say(text: string): void;
  usage(): Promise<PartUsage[]>;
  /**
   * Registers all and waits until every kind of each is watched, with progress.
   * @returns seconds from the last registration. @throws Error after 15 minutes
   */
  watchAll(labels?: (index: number) => Record<string, string>): Promise<number>;
  stop(): Promise<void>;
};

/** @param nodes in each cluster */
export async function startWatchedFleet({
  count,
  nodes = 0,
}: {
  count: number;
  nodes?: number;
}): Promise<WatchedFleet> {
  const startedAt = performance.now();
  const say = (text: string) => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    process.stdout.write(`${String(seconds).padStart(5)} s  ${text}\n`);
  };
  const running: { stop(): Promise<unknown> }[] = [];
  const stop = async () => {
    for (const part of running.splice(0).reverse()) await part.stop();
  };
  const keep = <P extends { stop(): Promise<unknown> }>(part: P): P => {
    running.push(part);
    return part;
  };
  try {
    const { clusters } = keep(await startSimulated({ count, nodes, speaksHttp2: true }));
    say(`${count} API servers are up, ${memoryOfThis()} MB of this process`);
    const postgres = await startFaultPostgres();
    keep({ stop: () => postgres.remove() });
    const dataDir = await makeDataFolder();
    keep({ stop: () => removeDataFolder(dataDir) });
    const env = {
      DATABASE_URL: postgres.url(),
      QUARTERDECK_KEYRING: newKeyringText(randomBytes, 'bench'),
      QUARTERDECK_LOG_LEVEL: 'info',
      QUARTERDECK_CLUSTER_ADDRESS_ALLOW: clusters.map(({ server }) => `127.0.0.1/32:${new URL(server).port}`).join(','),
    };
    const server = keep(await startProduct({ program: 'server', dataDir, env }));
    await server.ready();
    const worker = keep(await startProduct({ program: 'worker', dataDir, env }));
    await worker.ready();
    await waitFor('the setup code', () => server.output().includes('Setup code:'));
    const owner = await claimProduct(server);
    const pids = { server: server.pid, worker: worker.pid, PostgreSQL: postgres.pid };

    const usage = (): Promise<PartUsage[]> =>
      Promise.all(
        Object.entries(pids).map(async ([name, pid]) => {
          const { rssBytes, cpuSeconds } = await usageOf(pid);
          return { name, mebibytes: rssBytes / mebibyte, cpuSeconds };
        }),
      );

    async function registerAll(labels: (index: number) => Record<string, string>): Promise<void> {
      const left = [...clusters.entries()];
      let done = 0;
      const next = async () => {
        for (let entry = left.pop(); entry !== undefined; entry = left.pop()) {
          const [index, { kubeconfig }] = entry;
          const access = { kind: 'kubeconfig', kubeconfig } as const;
          const body = { slug: `c${index}`, access, bootstrap: true, labels: labels(index) };
          const register = () => orTooSlow(owner.call(registerCluster, { body }));
          await waitFor(`c${index} to be registered`, register, { timeoutMs: registerMs });
          done += 1;
          if (done % 50 === 0 || done === count) say(`${done} registered`);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, next));
    }

    async function untilInSync(): Promise<void> {
      const look = async () => {
        const { clusters: seen } = await owner.call(summarizeInventory, {});
        const live = seen.filter(({ state }) => state === 'live').length;
        const parts = (await usage()).map(({ name, mebibytes }) => `${name} ${Math.round(mebibytes)}`);
        say(`${live} of ${count} in sync; MB: ${parts.join(', ')}, this process ${memoryOfThis()}`);
        return live === count;
      };
      await waitFor('all to be in sync', look, { timeoutMs: patienceMs, everyMs: 10_000 });
    }

    return {
      owner,
      server,
      clusters,
      say,
      usage,
      async watchAll(labels = () => ({})) {
        await registerAll(labels);
        const since = performance.now();
        await untilInSync();
        return Math.round((performance.now() - since) / 1000);
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** @returns false where the cluster, one of hundreds in this one process, was too slow to answer */
async function orTooSlow(registering: Promise<unknown>): Promise<boolean> {
  try {
    await registering;
    return true;
  } catch (error) {
    if (tooSlow.has((error as { problem?: { code?: string } }).problem?.code ?? '')) return false;
    throw error;
  }
}

function memoryOfThis(): number {
  return Math.round(process.memoryUsage.rss() / mebibyte);
}
