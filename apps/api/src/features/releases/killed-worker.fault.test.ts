import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import {
  type AuditedWrite,
  type Cluster,
  mutantEnvironment,
  readAuditLog,
  startControlPlanes,
  TestbedUnavailable,
  waitFor,
} from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createApp } from '../../app.ts';
import { compose } from '../../compose.ts';
import { parseConfig } from '../../config.ts';
import { newKeyringText, parseKeyring } from '../../platform/crypto/keyring.ts';
import { toUuid } from '../../platform/ids.ts';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { claimAsOwner, type SignedInClient } from '../../testing/test-app.ts';
import type { DyingServerOptions } from './dying-server.fixture.ts';
import type { FreezingWorkerOptions } from './freezing-worker.fixture.ts';

const fleet = await startControlPlanes({ count: 1, nodes: 2, audit: true }).catch((error: unknown) => {
  if (error instanceof TestbedUnavailable) return undefined;
  throw error;
});
afterAll(() => fleet?.stop());

const workerFile = fileURLToPath(new URL('../../worker.ts', import.meta.url));
const freezingWorkerFile = fileURLToPath(new URL('./freezing-worker.fixture.ts', import.meta.url));
const dyingServerFile = fileURLToPath(new URL('./dying-server.fixture.ts', import.meta.url));

describe.skipIf(fleet === undefined)('a process lost in the middle of a deployment', () => {
  const cluster = fleet?.clusters[0] as Cluster;
  const children: ChildProcess[] = [];
  const keyring = newKeyringText(randomBytes, 'test');
  const allow = `127.0.0.1/32:${new URL(cluster?.server ?? 'https://x:1').port}`;
  let database: TestDatabase;
  let owner: SignedInClient;
  let place: { environmentId: string; projectId: string; templates: Map<string, string> };
  let close: () => Promise<unknown>;
  let frozen: ChildProcess;
  let third: ChildProcess;
  let till: { applicationId: string; first: string };
  let cart: string;

  beforeAll(async () => {
    database = await createTestDatabase(inject('postgres'));
    const config = { ...parseConfig({}, []), clusterAddressAllow: [allow] };
    const logger = createLogger({ level: 'error' });
    const composition = await compose({ config, database, keyring: parseKeyring(keyring), logger, signInFloorMs: 0 });
    const app = await createApp(composition);
    close = () => app.close();
    owner = await claimAsOwner({ app, composition });
    await registerKubeconfig(owner, 'alpha', cluster.kubeconfig);
    const items = async (url: string) =>
      (await owner.request({ method: 'GET', url })).body.items as {
        id: string;
        name: string;
        latestVersionId: string;
      }[];
    const projectId = (await items('/projects'))[0]?.id ?? '';
    const templates = new Map((await items('/templates')).map(({ name, latestVersionId }) => [name, latestVersionId]));
    const rules = [{ selector: { cluster: 'alpha' }, namespace: 'shop' }];
    const environment = await post(`/projects/${projectId}/environments`, { name: 'prod', tier: 'production', rules });
    place = { environmentId: String(environment.id), projectId, templates };
    await loseTwo();
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await close();
    await database.drop();
  });

  function startProcess(file: string, args: readonly string[] = []): ChildProcess {
    const child = spawn(process.execPath, [file, ...args], {
      env: {
        DATABASE_URL: database.url,
        QUARTERDECK_KEYRING: keyring,
        QUARTERDECK_CLUSTER_ADDRESS_ALLOW: allow,
        QUARTERDECK_LOG_LEVEL: 'error',
        ...mutantEnvironment(),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  }
  const startWorkerProcess = () => startProcess(workerFile);

  async function post(url: string, payload: object): Promise<Record<string, unknown>> {
    const { status, body } = await owner.request({ method: 'POST', url, payload });
    expect(status, JSON.stringify(body)).toBeLessThan(300);
    return body;
  }

  async function application(slug: string): Promise<string> {
    const { environmentId, projectId } = place;
    return String((await post('/applications', { projectId, slug, environments: [{ environmentId }] })).id);
  }

  const deploy = async (applicationId: string, template: string, more: object) =>
    String((await post('/releases', bodyOf(applicationId, template, more))).id);
  const bodyOf = (applicationId: string, template: string, more: object) => ({
    applicationId,
    environmentId: place.environmentId,
    templateVersionId: place.templates.get(template),
    images: {},
    ...more,
  });
  /** Two ConfigMaps, `<slug>-1` and `<slug>-2`, that hold the text. */
  const configMaps = (slug: string, text: string) => ({
    parameters: {
      manifests: [1, 2]
        .map((part) =>
          JSON.stringify({
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: `${slug}-${part}` },
            data: { text },
          }),
        )
        .join('\n---\n'),
    },
  });

  const runOf = async (releaseId: string) =>
    (
      await database.pool.query<{ state: string; fence: string }>(
        'SELECT state, fence FROM target_run WHERE release_id = $1',
        [toUuid(releaseId)],
      )
    ).rows[0];
  const stateOf = async (releaseId: string) =>
    (await owner.request({ method: 'GET', url: `/releases/${releaseId}` })).body.state;
  const succeeds = (releaseId: string) =>
    expect.poll(() => stateOf(releaseId), { timeout: 100_000, interval: 200 }).toBe('succeeded');
  const pathOf = (name: string) => `/api/v1/namespaces/shop/configmaps/${name}`;
  const configMap = (name: string) => cluster.request<{ data: object }>('GET', pathOf(name));

  /** Of these objects, by the API server's own log; those aside that are only tried. */
  async function writes(...names: readonly string[]): Promise<AuditedWrite[]> {
    const [data] = fleet?.data.clusters ?? [];
    const all = data === undefined ? [] : await readAuditLog(data);
    return all.filter(({ resource, name, isDryRun }) => resource === 'configmaps' && names.includes(name) && !isDryRun);
  }

  /** One worker frozen, one killed, a third that finds what both had: what they left is waited for once. */
  async function loseTwo(): Promise<void> {
    const applicationId = await application('till');
    const freezing: FreezingWorkerOptions = {
      ...{ databaseUrl: database.url, keyring, addressAllow: [allow] },
      written: pathOf('till-1'),
      seen: pathOf('till-2'),
    };
    frozen = startProcess(freezingWorkerFile, [JSON.stringify(freezing)]);
    let said = '';
    frozen.stdout?.on('data', (chunk) => {
      said += String(chunk);
    });
    till = { applicationId, first: await deploy(applicationId, 'raw', configMaps('till', 'one')) };
    await waitFor('the first worker to freeze', () => said.includes('frozen'));

    const killed = startWorkerProcess();
    const images = { main: 'registry.example.com/shop/cart:1.0.0' };
    cart = await deploy(await application('cart'), 'web-service', { images, parameters: { replicas: 2 } });
    const isApplying = async () => (await runOf(cart))?.state === 'applying';
    await waitFor('the other one to write', isApplying, { everyMs: 2 });
    killed.kill('SIGKILL');
    expect((await runOf(cart))?.fence).toBe('1');
    third = startWorkerProcess();
  }

  it('F15 killed: its run is taken over from the first unfinished step, and each object is made once', async () => {
    await succeeds(cart);
    expect(await runOf(cart)).toEqual({ state: 'healthy', fence: '2' });
    const { items } = (await cluster.request('GET', '/apis/apps/v1/namespaces/shop/deployments')) as {
      items: { metadata: { name: string; generation: number } }[];
    };
    expect(items.map(({ metadata }) => [metadata.name, metadata.generation])).toEqual([['cart', 1]]);
  }, 150_000);

  it('F16 frozen: its run is taken over, and when it wakes it writes nothing, and goes on with what comes', async () => {
    await succeeds(till.first);
    const second = await deploy(till.applicationId, 'raw', configMaps('till', 'two'));
    await succeeds(second);
    const exited = once(third, 'exit');
    third.kill('SIGKILL');
    await exited;
    const now = () => Promise.all([runOf(till.first), runOf(second), writes('till-1', 'till-2')]);
    const before = await now();

    frozen.kill('SIGCONT');
    await succeeds(await deploy(await application('next'), 'raw', configMaps('next', 'one')));
    expect(await now()).toEqual(before);
    expect((await configMap('till-2')).data).toEqual({ text: 'two' });
  });

  it('between COMMIT and the message that tells of it: what is not told is found by who looks', async () => {
    const applicationId = await application('untold');
    const dying: DyingServerOptions = {
      ...{ databaseUrl: database.url, keyring, cookie: owner.cookie },
      ...{ url: '/releases', payload: bodyOf(applicationId, 'raw', configMaps('untold', 'one')) },
    };
    const server = startProcess(dyingServerFile, [JSON.stringify(dying)]);
    expect(await once(server, 'exit')).toEqual([null, 'SIGKILL']);
    const { body } = await owner.request({ method: 'GET', url: `/releases?application=${applicationId}` });
    const [release] = body.items as { id: string }[];
    await succeeds(release?.id ?? '');
    expect(await writes('untold-1')).toHaveLength(1);
  });
});
