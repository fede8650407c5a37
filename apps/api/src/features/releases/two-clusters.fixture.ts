import { type FaultProxy, startFaultProxy, startSimulated, type TestCluster } from '@quarterdeck/testing';
import { expect } from 'vitest';
import { startWorker } from '../../processes/start-worker.ts';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { claimAsOwner, createTestApp, openReplica, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

export type Left = {
  kind: string;
  name: string;
  why: string[];
  detail?: string;
  asks: boolean;
  group: string;
  namespace: string;
};
type Target = {
  targetId: string;
  cluster: string;
  state: string;
  verdict?: { code: string; summary: string; nextStep?: string };
  left: Left[];
};
export type Release = { id: string; state: string; targets: Target[]; endedReason?: string };

export type Application = {
  slug: string;
  id: string;
  deploy(text: string): Promise<Release>;
  /** Of these manifests. */
  put(manifests: readonly object[]): Promise<Release>;
};

export type Asked = FaultProxy['answers']['asked'][number];

const timing = { stabilityMs: 100, deadlineMs: 120_000, pollMs: 50, retryMs: 50 };
export const slugs = ['alpha', 'beta'] as const;

export const configMap = (name: string, text = '') => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { text },
});

/** A write of a ConfigMap that counts: what is only tried before it goes through. */
export const isWrite = ({ method, path, query }: Asked, end = '') =>
  method === 'PATCH' && path.includes('/configmaps/') && path.endsWith(end) && !query.has('dryRun');

export const outcomes = ({ targets }: Release) =>
  Object.fromEntries(targets.map(({ cluster, state, verdict }) => [cluster, verdict?.code ?? state]));

export type TwoClusters = {
  test: TestApp;
  owner: SignedInClient;
  clusters: [TestCluster, TestCluster];
  /** Before each cluster. */
  proxies: [FaultProxy, FaultProxy];
  /** Of both clusters, where its applications are. */
  environmentId: string;
  /** One of its own, of two ConfigMaps `<slug>-a` and `<slug>-b` unless told: nothing of it has to run. */
  application(): Promise<Application>;
  show(id: string): Promise<Release>;
  /** The release once it is over, or stands still. */
  endOf(release: Release): Promise<Release>;
  /** How often a cluster was really asked to write an object of that name. */
  patches(index: number, name: string): number;
  /** Texts of `<slug>-b` as the administrators of the clusters see it. */
  versions(slug: string): Promise<string[]>;
  close(): Promise<void>;
};

/** Two workers on one database before two simulated clusters, `alpha` and `beta`, each behind a fault proxy. */
export async function startTwoClusters(): Promise<TwoClusters> {
  const fleet = await startSimulated({ count: 2, nodes: 1 });
  const clusters = fleet.clusters as [TestCluster, TestCluster];
  const proxies = (await Promise.all(clusters.map((cluster) => startFaultProxy(cluster)))) as [FaultProxy, FaultProxy];
  const test = await createTestApp({ clusterAddressAllow: proxies.map(({ port }) => `127.0.0.1/32:${port}`) });
  const owner = await claimAsOwner(test);
  for (const [index, slug] of slugs.entries()) await registerKubeconfig(owner, slug, proxies[index]?.kubeconfig ?? '');
  const second = await openReplica(test);
  const workers = await Promise.all([test, second].map(({ composition }) => startWorker(composition, { timing })));
  const projects = await owner.request({ method: 'GET', url: '/projects' });
  const projectId = (projects.body.items as { id: string }[])[0]?.id ?? '';
  const templates = await owner.request({ method: 'GET', url: '/templates' });
  const raw = (templates.body.items as { name: string; latestVersionId: string }[]).find(({ name }) => name === 'raw');
  const templateVersionId = raw?.latestVersionId ?? '';
  const environmentId = await newEnvironment();
  let applications = 0;

  async function newEnvironment(): Promise<string> {
    const rules = slugs.map((cluster) => ({ selector: { cluster }, namespace: 'shop' }));
    const url = `/projects/${projectId}/environments`;
    const made = await owner.request({ method: 'POST', url, payload: { name: 'prod', tier: 'test', rules } });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return String(made.body.id);
  }

  const show = async (id: string) =>
    (await owner.request({ method: 'GET', url: `/releases/${id}` })).body as unknown as Release;

  return {
    ...{ test, owner, clusters, proxies, environmentId, show },

    async application() {
      applications += 1;
      const slug = `app-${applications}`;
      const payload = { projectId, slug, environments: [{ environmentId }] };
      const made = await owner.request({ method: 'POST', url: '/applications', payload });
      const put = async (manifests: readonly object[]) => {
        const parameters = { manifests: manifests.map((manifest) => JSON.stringify(manifest)).join('\n---\n') };
        const body = { applicationId: made.body.id, environmentId, templateVersionId, images: {}, parameters };
        const released = await owner.request({ method: 'POST', url: '/releases', payload: body });
        expect(released.status, JSON.stringify(released.body)).toBe(202);
        return released.body as unknown as Release;
      };
      return {
        slug,
        id: String(made.body.id),
        put,
        deploy: (text) => put([configMap(`${slug}-a`, text), configMap(`${slug}-b`, text)]),
      };
    },

    async endOf({ id }) {
      const isOver = async () => !['planning', 'queued', 'rolling'].includes((await show(id)).state);
      await expect.poll(isOver, { interval: 50, timeout: 150_000 }).toBe(true);
      return show(id);
    },

    patches: (index, name) =>
      (proxies[index]?.answers.asked ?? []).filter((asked) => isWrite(asked, `/${name}`)).length,

    async versions(slug) {
      const all = clusters.map(async (cluster) => {
        const { data } = await cluster.request<{ data: { text: string } }>(
          'GET',
          `/api/v1/namespaces/shop/configmaps/${slug}-b`,
        );
        return data.text;
      });
      return Promise.all(all);
    },

    async close() {
      await Promise.all(workers.map((worker) => worker.close()));
      await second.close();
      await test.close();
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await fleet.stop();
    },
  };
}
