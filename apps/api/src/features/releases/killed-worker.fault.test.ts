import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { type Cluster, startControlPlanes, TestbedUnavailable } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '../../app.ts';
import { compose } from '../../compose.ts';
import { parseConfig } from '../../config.ts';
import { newKeyringText, parseKeyring } from '../../platform/crypto/keyring.ts';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { claimAsOwner, type SignedInClient } from '../../testing/test-app.ts';

const fleet = await startControlPlanes({ count: 1, nodes: 2 }).catch((error: unknown) => {
  if (error instanceof TestbedUnavailable) return undefined;
  throw error;
});
afterAll(() => fleet?.stop());

const workerFile = fileURLToPath(new URL('../../worker.ts', import.meta.url));

describe.skipIf(fleet === undefined)('a worker killed in the middle of a deployment', () => {
  const cluster = fleet?.clusters[0] as Cluster;
  const children: ChildProcess[] = [];
  const keyring = newKeyringText(randomBytes, 'test');
  const allow = `127.0.0.1/32:${new URL(cluster?.server ?? 'https://x:1').port}`;
  let database: TestDatabase;
  let owner: SignedInClient;
  let close: () => Promise<unknown>;

  beforeAll(async () => {
    database = await createTestDatabase(inject('postgres'));
    const config = { ...parseConfig({}, []), clusterAddressAllow: [allow] };
    const logger = createLogger({ level: 'error' });
    const composition = await compose({ config, database, keyring: parseKeyring(keyring), logger, signInFloorMs: 0 });
    const app = await createApp(composition);
    close = () => app.close();
    owner = await claimAsOwner({ app, composition, database, logged: [], close: async () => {} });
    const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig };
    const payload = { slug: 'alpha', access, bootstrap: true };
    expect((await owner.request({ method: 'POST', url: '/clusters', payload })).status).toBe(201);
  }, 60_000);
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await close();
    await database.drop();
  });

  function startWorkerProcess(): ChildProcess {
    const child = spawn(process.execPath, [workerFile], {
      env: {
        DATABASE_URL: database.url,
        QUARTERDECK_KEYRING: keyring,
        QUARTERDECK_CLUSTER_ADDRESS_ALLOW: allow,
        QUARTERDECK_LOG_LEVEL: 'error',
      },
      stdio: 'inherit',
    });
    children.push(child);
    return child;
  }

  async function createRelease(): Promise<string> {
    const projects = await owner.request({ method: 'GET', url: '/projects' });
    const templates = await owner.request({ method: 'GET', url: '/templates' });
    const rules = [{ selector: { cluster: 'alpha' }, namespace: 'shop' }];
    const application = await owner.request({
      method: 'POST',
      url: '/applications',
      payload: {
        projectId: (projects.body.items as { id: string }[])[0]?.id,
        slug: 'cart',
        environments: [{ name: 'prod', tier: 'production', rules }],
      },
    });
    const made = await owner.request({
      method: 'POST',
      url: '/releases',
      payload: {
        applicationId: application.body.id,
        environmentId: (application.body.environments as { environmentId: string }[])[0]?.environmentId,
        templateVersionId: (templates.body.items as { latestVersionId: string }[])[0]?.latestVersionId,
        images: { main: 'registry.example.com/shop/cart:1.0.0' },
        parameters: { replicas: 2 },
      },
    });
    expect(made.status).toBe(202);
    return String(made.body.id);
  }

  const runs = async () =>
    (await database.pool.query<{ state: string; fence: string }>('SELECT state, fence FROM target_run')).rows;

  it('is taken over from the first unfinished step, and each object is made once', async () => {
    const first = startWorkerProcess();
    const id = await createRelease();
    await expect.poll(async () => (await runs())[0]?.state, { timeout: 30_000, interval: 2 }).toBe('applying');
    first.kill('SIGKILL');
    expect((await runs())[0]?.fence).toBe('1');

    startWorkerProcess();
    const state = async () => (await owner.request({ method: 'GET', url: `/releases/${id}` })).body.state;
    await expect.poll(state, { timeout: 100_000, interval: 500 }).toBe('succeeded');
    expect((await runs())[0]).toEqual({ state: 'healthy', fence: '2' });
    const { items } = (await cluster.request('GET', '/apis/apps/v1/namespaces/shop/deployments')) as {
      items: { metadata: { name: string; generation: number } }[];
    };
    expect(items.map(({ metadata }) => [metadata.name, metadata.generation])).toEqual([['cart', 1]]);
  }, 150_000);
});
