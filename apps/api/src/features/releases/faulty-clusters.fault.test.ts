import {
  type FaultProxy,
  refuse,
  startFaultProxy,
  startSimulated,
  stopAfter,
  type TestCluster,
} from '@quarterdeck/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningWorker, startWorker } from '../../processes/start-worker.ts';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { claimAsOwner, createTestApp, openReplica, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

type Target = { cluster: string; state: string; verdict?: { code: string; summary: string } };
type Release = { id: string; state: string; targets: Target[]; endedReason?: string };

const timing = { stabilityMs: 100, deadlineMs: 20_000, pollMs: 50 };
const slugs = ['alpha', 'beta'] as const;

let fleet: Awaited<ReturnType<typeof startSimulated>>;
let proxies: FaultProxy[];
let test: TestApp;
let second: Awaited<ReturnType<typeof openReplica>>;
let owner: SignedInClient;
let workers: RunningWorker[];
let projectId: string;
let environmentId: string;
let templateVersionId: string;
let applications = 0;

beforeAll(async () => {
  fleet = await startSimulated({ count: 2 });
  proxies = await Promise.all(fleet.clusters.map((cluster) => startFaultProxy(cluster)));
  test = await createTestApp({ clusterAddressAllow: proxies.map(({ port }) => `127.0.0.1/32:${port}`) });
  owner = await claimAsOwner(test);
  for (const [index, slug] of slugs.entries()) await registerKubeconfig(owner, slug, proxies[index]?.kubeconfig ?? '');
  second = await openReplica(test);
  workers = await Promise.all([test, second].map(({ composition }) => startWorker(composition, { timing })));
  const projects = await owner.request({ method: 'GET', url: '/projects' });
  projectId = (projects.body.items as { id: string }[])[0]?.id ?? '';
  const templates = await owner.request({ method: 'GET', url: '/templates' });
  const raw = (templates.body.items as { name: string; latestVersionId: string }[]).find(({ name }) => name === 'raw');
  templateVersionId = raw?.latestVersionId ?? '';
  environmentId = await newEnvironment();
}, 60_000);
afterEach(async () => {
  await Promise.all(proxies.map((proxy) => proxy.heal()));
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  await second.close();
  await test.close();
  await Promise.all(proxies.map((proxy) => proxy.close()));
  await fleet.stop();
});

async function newEnvironment(): Promise<string> {
  const rules = slugs.map((cluster) => ({ selector: { cluster }, namespace: 'shop' }));
  const url = `/projects/${projectId}/environments`;
  const made = await owner.request({ method: 'POST', url, payload: { name: 'prod', tier: 'test', rules } });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  return String(made.body.id);
}

/** An application of its own, of two ConfigMaps: nothing of it has to run. */
async function application(): Promise<{ slug: string; deploy: (text: string) => Promise<Release> }> {
  applications += 1;
  const slug = `app-${applications}`;
  const payload = { projectId, slug, environments: [{ environmentId }] };
  const made = await owner.request({ method: 'POST', url: '/applications', payload });
  const configMap = (name: string, text: string) =>
    JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text } });
  return {
    slug,
    async deploy(text) {
      const manifests = [configMap(`${slug}-a`, text), configMap(`${slug}-b`, text)].join('\n---\n');
      const body = {
        applicationId: made.body.id,
        environmentId,
        templateVersionId,
        images: {},
        parameters: { manifests },
      };
      const released = await owner.request({ method: 'POST', url: '/releases', payload: body });
      expect(released.status, JSON.stringify(released.body)).toBe(202);
      return released.body as unknown as Release;
    },
  };
}

const show = async (id: string) =>
  (await owner.request({ method: 'GET', url: `/releases/${id}` })).body as unknown as Release;

async function endOf({ id }: Release): Promise<Release> {
  const isOver = async () => !['planning', 'queued', 'rolling'].includes((await show(id)).state);
  await expect.poll(isOver, { timeout: 30_000, interval: 50 }).toBe(true);
  return show(id);
}

const outcomes = ({ targets }: Release) =>
  Object.fromEntries(targets.map(({ cluster, state, verdict }) => [cluster, verdict?.code ?? state]));

type Asked = NonNullable<(typeof proxies)[number]>['answers']['asked'][number];

/** A write of a ConfigMap that counts: what is only tried before it goes through. */
const isWrite = ({ method, path, query }: Asked, end = '') =>
  method === 'PATCH' && path.includes('/configmaps/') && path.endsWith(end) && !query.has('dryRun');

/** How often a cluster was really asked to write an object of that name. */
const patches = (index: number, name: string) =>
  (proxies[index]?.answers.asked ?? []).filter((asked) => isWrite(asked, `/${name}`)).length;
/** As its administrator sees it: 1 is as it was made. */
async function versions(slug: string): Promise<string[]> {
  const all = fleet.clusters.map(async (cluster) => {
    const { data } = await cluster.request<{ data: { text: string } }>(
      'GET',
      `/api/v1/namespaces/shop/configmaps/${slug}-b`,
    );
    return data.text;
  });
  return Promise.all(all);
}

describe('two workers before two clusters', () => {
  it('write each object once', async () => {
    const { slug, deploy } = await application();
    expect((await endOf(await deploy('one'))).state).toBe('succeeded');
    expect([0, 1].map((index) => ['a', 'b'].map((part) => patches(index, `${slug}-${part}`)))).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  it('go on where an API server died between two objects, when it is back', async () => {
    const { slug, deploy } = await application();
    const [alpha] = proxies;
    let died = false;
    // From the second object on nothing is heard of it.
    alpha?.answers.answer(stopAfter(0, 'cut'), (asked) => {
      died ||= isWrite(asked, `/${slug}-b`);
      return died;
    });
    const release = await deploy('one');
    await expect.poll(() => died, { timeout: 10_000 }).toBe(true);
    await alpha?.heal();
    expect(outcomes(await endOf(release))).toEqual({ alpha: 'healthy', beta: 'healthy' });
    expect(await versions(slug)).toEqual(['one', 'one']);
    expect([patches(0, `${slug}-a`), patches(1, `${slug}-a`)]).toEqual([1, 1]);
  });

  it('find out what became of a write whose answer was lost', async () => {
    const { slug, deploy } = await application();
    proxies[0]?.answers.answer(stopAfter(0, 'cut'), (asked) => isWrite(asked, '-a'), 1);
    expect((await endOf(await deploy('one'))).state).toBe('succeeded');
    const [cluster] = fleet.clusters as [TestCluster];
    const { metadata } = (await cluster.request('GET', `/api/v1/namespaces/shop/configmaps/${slug}-a`)) as {
      metadata: { managedFields: { manager: string; operation: string }[] };
    };
    expect(metadata.managedFields.filter(({ operation }) => operation === 'Apply')).toHaveLength(1);
  });

  it.each([
    ['credential_rejected', 401, { reason: 'Unauthorized', message: 'Unauthorized' }, 'credential'],
    [
      'namespace_terminating',
      403,
      {
        reason: 'Forbidden',
        message:
          'configmaps "x" is forbidden: unable to create new content in namespace shop because it is being terminated',
      },
      'being terminated',
    ],
    [
      'quota_exceeded',
      403,
      {
        reason: 'Forbidden',
        message:
          'configmaps "x" is forbidden: exceeded quota: small, requested: count/configmaps=1, used: 9, limited: 9',
      },
      'used: 9, limited: 9',
    ],
    [
      'kind_unknown',
      404,
      { reason: 'NotFound', message: 'the server could not find the requested resource' },
      'does not know this kind',
    ],
  ] as const)('name %s of one cluster, in its own words, and serve the other', async (code, status, fields, words) => {
    const { deploy } = await application();
    proxies[0]?.answers.answer(refuse(status, fields), (asked) => isWrite(asked));
    const release = await endOf(await deploy('one'));
    expect(outcomes(release)).toEqual({ alpha: code, beta: 'healthy' });
    expect(release.targets.find(({ cluster }) => cluster === 'alpha')?.verdict?.summary).toContain(words);
  });

  it('wait for an admission webhook that is down for a moment', async () => {
    const { slug, deploy } = await application();
    const down = refuse(500, {
      reason: 'InternalError',
      message: 'Internal error occurred: failed calling webhook "policy.example.com": connection refused',
    });
    proxies[0]?.answers.answer(down, (asked) => isWrite(asked, '-a'), 2);
    expect((await endOf(await deploy('one'))).state).toBe('succeeded');
    expect(patches(0, `${slug}-a`)).toBe(3);
  });

  it('stand still over a rollback that fails, with both evidences', async () => {
    const { deploy } = await application();
    const first = await endOf(await deploy('one'));
    await endOf(await deploy('two'));
    proxies[0]?.answers.answer(
      refuse(422, { reason: 'Invalid', message: 'data: Forbidden: field is immutable when `immutable` is set' }),
      (asked) => isWrite(asked),
    );
    const back = await owner.request({ method: 'POST', url: `/releases/${first.id}/rollback`, payload: {} });
    const ended = await endOf(back.body as unknown as Release);
    expect([ended.state, outcomes(ended).alpha]).toEqual(['paused', 'immutable_field']);
  });
});
