import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { createDatabase } from '@quarterdeck/database';
import { createApp } from '../apps/api/src/app.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import { type ClusterWatches, watchCluster } from '../apps/api/src/features/inventory/index.ts';
import { newKeyringText, parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { newId } from '../apps/api/src/platform/ids.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { startWorker } from '../apps/api/src/processes/start-worker.ts';
import { claimAsOwner } from '../apps/api/src/testing/test-app.ts';
import { createPacing, systemClock } from '../packages/kubernetes/src/index.ts';
import { createAddressGuard } from '../packages/outbound/src/index.ts';
import type { ProductOptions, ProductUsage, ToProduct } from './synced-product.ts';

/**
 * Server and worker in one process, as `npm start` has them, on a given database with clusters registered and an owner
 * signed in. `inLoop` watches in the event loop instead of threads: what it was before them.
 */
const options = JSON.parse(process.argv[2] ?? '{}') as ProductOptions;
const addressAllow = options.servers.map((server) => `127.0.0.1/32:${new URL(server).port}`);
const database = createDatabase({ url: options.databaseUrl, watch: true });
const logger = createLogger({ level: 'warn' });
const composition = await compose({
  config: { ...parseConfig({}, []), clusterAddressAllow: addressAllow },
  database,
  keyring: parseKeyring(newKeyringText(randomBytes, 'bench')),
  logger,
  signInFloorMs: 0,
});
const app = await createApp(composition);
await app.listen({ port: 0, host: '127.0.0.1' });
const { cookie } = await claimAsOwner({ app, composition, database, logged: [] } as never);
for (const [index, server] of options.servers.entries()) {
  await database.transaction(async (tx) => {
    const id = newId('clu');
    await composition.clustersStore.insert(tx, {
      ...{
        id,
        slug: `bench-${index}`,
        displayName: `Bench ${index}`,
        color: 0,
        labels: {},
        server,
        caPem: options.caPem,
      },
      ...{ tlsServerName: undefined, proxyUrl: undefined, clusterUid: `uid-${index}`, state: 'connected' },
      ...{ stateReason: undefined, version: 'v1.34.0', latencyMs: 5 },
    });
    const credential = { kind: 'token', token: 'token-of-the-bench' } as const;
    await composition.clusterCredentials.put(tx, id, credential, {
      expiresAt: undefined,
      renewing: false,
      isRenewal: false,
    });
  });
}

function watchInLoop(): ClusterWatches {
  const deps = {
    store: composition.inventoryStore,
    rbac: composition.rbacStore,
    guard: createAddressGuard({ allow: addressAllow }),
    pacing: createPacing({ clock: systemClock }),
    note: (note: object) => logger.warn(note, 'watching'),
  };
  return { watch: (order) => watchCluster(deps, order), close: async () => {} };
}

const delay = monitorEventLoopDelay({ resolution: 5 });
let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
const { port } = app.server.address() as AddressInfo;
process.send?.({ url: `http://127.0.0.1:${port}/api/v1`, cookie });
process.on('message', async (message: ToProduct) => {
  if (message === 'watch') {
    delay.enable();
    worker = await startWorker(composition, options.inLoop ? { watches: watchInLoop() } : {});
  }
  if (message === 'usage') {
    const { user, system } = process.cpuUsage();
    const usage: ProductUsage = {
      cpuSeconds: (user + system) / 1e6,
      rssBytes: process.memoryUsage.rss(),
      loopP99Ms: delay.percentile(99) / 1e6,
      loopMaxMs: delay.max / 1e6,
      upMs: performance.now(),
    };
    process.send?.(usage);
  }
  if (message === 'stop') {
    await worker?.close();
    await app.close();
    await composition.access.close();
    await database.close();
    process.exit(0);
  }
});
