import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import { type Cluster, startControlPlanes, TestbedUnavailable } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '../../app.ts';
import { type Composition, compose } from '../../compose.ts';
import { parseConfig } from '../../config.ts';
import { newKeyringText, parseKeyring } from '../../platform/crypto/keyring.ts';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { claimAsOwner, type SignedInClient } from '../../testing/test-app.ts';

const fleet = await startControlPlanes({ count: 1 }).catch((error: unknown) => {
  if (error instanceof TestbedUnavailable) return undefined;
  throw error;
});
afterAll(() => fleet?.stop());

const workerFile = fileURLToPath(new URL('../../worker.ts', import.meta.url));
const deployments = '/apis/apps/v1/namespaces/default/deployments';

/** In order: two worker processes, of which one is frozen, woken, and the other killed. */
describe.skipIf(fleet === undefined)('a cluster whose owner fails', () => {
  const cluster = fleet?.clusters[0] as Cluster;
  const children = new Map<number, ChildProcess>();
  let database: TestDatabase;
  let composition: Composition;
  let owner: SignedInClient;
  let close: () => Promise<unknown>;

  beforeAll(async () => {
    database = await createTestDatabase(inject('postgres'));
    const allow = `127.0.0.1/32:${new URL(cluster.server).port}`;
    const keyring = newKeyringText(randomBytes, 'test');
    const logger = createLogger({ level: 'error' });
    const config = { ...parseConfig({}, []), clusterAddressAllow: [allow] };
    composition = await compose({ config, database, keyring: parseKeyring(keyring), logger, signInFloorMs: 0 });
    const app = await createApp(composition);
    close = () => app.close();
    owner = await claimAsOwner({ app, composition, database, logged: [], close: async () => {} });
    for (let index = 0; index < 2; index += 1) {
      const child = spawn(process.execPath, [workerFile], {
        env: {
          DATABASE_URL: database.url,
          QUARTERDECK_KEYRING: keyring,
          QUARTERDECK_CLUSTER_ADDRESS_ALLOW: allow,
          QUARTERDECK_LOG_LEVEL: 'error',
        },
        stdio: 'inherit',
      });
      children.set(child.pid ?? 0, child);
    }
    await registerKubeconfig(owner, 'alpha', cluster.kubeconfig);
  });
  afterAll(async () => {
    for (const child of children.values()) child.kill('SIGKILL');
    await close();
    await database.drop();
  });

  async function head(): Promise<{ pid: number; epoch: number }> {
    const { rows } = await database.pool.query<{ owner: string | null; epoch: string }>(
      'SELECT owner, epoch FROM inventory_head',
    );
    return { pid: Number(rows[0]?.owner?.split('/')[1]), epoch: Number(rows[0]?.epoch) };
  }

  async function deploy(name: string): Promise<void> {
    await cluster.request('POST', deployments, {
      metadata: { name },
      spec: {
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'x' }] } },
      },
    });
  }

  async function names(): Promise<string[]> {
    const { body } = await owner.request({ method: 'GET', url: '/inventory/objects?plural=deployments' });
    return (body.items as { name: string }[]).map(({ name }) => name);
  }

  const shows = (name: string) => expect.poll(names, { interval: 100 }).toContain(name);

  /** At most the question for the version (limit=1), which one kind of the cluster asks for all. */
  async function expectNoList(before: { lists: number; streamedLists: number }): Promise<void> {
    const after = await counted();
    expect(after.streamedLists).toBe(before.streamedLists);
    expect(after.lists - before.lists).toBeLessThanOrEqual(1);
  }

  /** What the API server counted of deployments: plain lists, and lists streamed by a watch. */
  async function counted(): Promise<{ lists: number; streamedLists: number }> {
    const metrics = await cluster.request<string>('GET', '/metrics');
    const sum = (form: RegExp) => Array.from(metrics.matchAll(form), ([, n]) => Number(n)).reduce((a, b) => a + b, 0);
    return {
      lists: sum(/^apiserver_request_total\{[^}]*resource="deployments"[^}]*verb="LIST"[^}]*\} (\d+)/gm),
      streamedLists: sum(/^apiserver_watch_list_duration_seconds_count\{[^}]*resource="deployments"[^}]*\} (\d+)/gm),
    };
  }

  it('has one owner of two workers', async () => {
    await deploy('first');
    await shows('first');
    expect([...children.keys()]).toContain((await head()).pid);
  });

  it('frozen, is watched by the other, which goes on from the stored version', async () => {
    const before = await head();
    const listed = await counted();
    expect(listed.streamedLists).toBeGreaterThan(0);
    children.get(before.pid)?.kill('SIGSTOP');
    await deploy('while-frozen');
    await shows('while-frozen');
    const after = await head();
    expect(after.epoch).toBe(before.epoch + 1);
    expect(after.pid).not.toBe(before.pid);
    await expectNoList(listed);
  });

  it('woken again, the old owner writes nothing and takes nothing back', async () => {
    const { pid, epoch } = await head();
    const old = [...children.keys()].find((candidate) => candidate !== pid) ?? 0;
    await cluster.request('DELETE', `${deployments}/first`);
    await expect.poll(names).not.toContain('first');
    // What the old owner has in its socket tells of times before.
    children.get(old)?.kill('SIGCONT');
    await deploy('after-waking');
    await shows('after-waking');
    const turns = 3;
    for (let turn = 0; turn < turns; turn += 1) {
      await deploy(`turn-${turn}`);
      await shows(`turn-${turn}`);
      expect(await head()).toEqual({ pid, epoch });
    }
    expect(await names()).not.toContain('first');
  });

  it('killed, is watched by the other, without a list', async () => {
    const { pid, epoch } = await head();
    const listed = await counted();
    children.get(pid)?.kill('SIGKILL');
    children.delete(pid);
    await deploy('after-kill');
    await shows('after-kill');
    expect(await head()).toEqual({ pid: [...children.keys()][0], epoch: epoch + 1 });
    await expectNoList(listed);
  });

  it('asked to stop, gives the cluster back at once', async () => {
    const [child] = [...children.values()];
    const exited = new Promise<number | null>((resolve) => child?.once('exit', resolve));
    child?.kill('SIGTERM');
    expect(await exited).toBe(0);
    children.clear();
    const { rows } = await database.pool.query('SELECT owner, lease_until FROM inventory_head');
    expect(rows).toEqual([{ owner: null, lease_until: null }]);
  });
});
