import { setTimeout as wait } from 'node:timers/promises';
import { createRelease, getRelease } from '@quarterdeck/contracts';
import { type Cluster, type FaultProxy, refuse, sayText, startFaultProxy, waitFor } from '@quarterdeck/testing';
import { type Deployed, eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { configManifest, webManifests } from './delivery-manifests.ts';
import { printResult } from './result.ts';

const count = Number(process.argv[2] ?? 24);
const faultMs = 12_000;
const skewMs = 600_000;

/**
 * Deletes that nobody asked for, by the API servers' own audit logs, while releases of the same objects go out under
 * faults: PostgreSQL lost, lists that say there is nothing, 401s, and a worker whose clock is ten minutes off. Baseline:
 * the writes of the same time, so that it is known that something went on. At the end everything is still there.
 */
const proxies: FaultProxy[] = [];
const bench = await startDeliveryFleet({
  nodes: 2,
  through: async (cluster) => {
    const proxy = await startFaultProxy(cluster);
    proxies.push(proxy);
    return proxy;
  },
});
const { clusters, owner, postgres } = bench;
try {
  await bench.startWorker();
  const apps = Array.from({ length: count }, (_, index) => `app-${index}`);
  const made = new Map<string, Deployed>();
  const manifests = (slug: string, version: number) =>
    `${webManifests(slug, { image: `registry.example.com/bench/web:${version}` })}\n---\n${configManifest(slug)}`;
  await eachOf([...apps.entries()], 6, async ([index, slug]) => {
    const cluster = clusters[index % clusters.length] as Cluster;
    made.set(
      slug,
      await bench.deploy(slug, cluster, { template: 'raw', parameters: { manifests: manifests(slug, 1) } }),
    );
  });
  await Promise.all([...made.values()].map(({ releaseId }) => untilOver(releaseId)));

  const empty = sayText(
    JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '999999' }, items: [] }),
  );
  const unauthorized = refuse(401, { reason: 'Unauthorized', message: 'Unauthorized' });
  const isList = ({ method, path, isWatch }: { method: string; path: string; isWatch: boolean }) =>
    method === 'GET' &&
    !isWatch &&
    /\/namespaces\/[^/]+\/[a-z]+$|\/api\/v1\/[a-z]+$|\/apis\/[^/]+\/v[^/]+\/[a-z]+$/.test(path);
  const faults: [name: string, begin: () => Promise<void>][] = [
    ['PostgreSQL lost', async () => postgres.crash()],
    ['lists that are empty', async () => proxies.forEach(({ answers }) => void answers.answer(empty, isList))],
    ['401', async () => proxies.forEach(({ answers }) => void answers.answer(unauthorized))],
    ['a clock 10 min ahead', async () => void (await bench.startWorker({ clockMs: skewMs }))],
    ['a clock 10 min behind', async () => void (await bench.startWorker({ clockMs: -skewMs }))],
  ];
  let version = 1;
  const rows: string[] = [];
  /** Where nothing was written, that nothing was deleted says nothing. */
  const idle: string[] = [];
  for (const [name, begin] of faults) {
    version += 1;
    const before = new Set((await bench.writes()).map(({ id }) => id));
    // Half of them are on their way when it begins.
    await release(apps.slice(0, count / 2), version);
    await begin();
    await release(apps.slice(count / 2), version).catch(() => {});
    await wait(faultMs);
    await Promise.all(proxies.map((proxy) => proxy.heal()));
    if (name === 'PostgreSQL lost') await postgres.start();
    await settled();
    const writes = (await bench.writes()).filter(({ id }) => !before.has(id));
    const deletes = writes.filter(({ verb }) => verb.startsWith('delete'));
    if (writes.length === 0) idle.push(name);
    rows.push(`${name.padEnd(26)}${String(writes.length).padStart(8)}${String(deletes.length).padStart(9)}`);
  }
  const writes = await bench.writes();
  const deletes = writes.filter(({ verb }) => verb.startsWith('delete'));
  const missing = await missingObjects(apps);
  process.stdout.write(`${'during'.padEnd(26)}  writes  deletes\n${rows.join('\n')}\n`);
  for (const { cluster, verb, resource, namespace, name, user } of deletes)
    process.stdout.write(`  ${verb} ${resource} ${namespace}/${name} in ${cluster} as ${user}\n`);
  process.stdout.write(`${missing} objects are not there at the end\n`);
  if (idle.length > 0) process.stdout.write(`nothing was written, so nothing is shown, during: ${idle.join(', ')}\n`);
  printResult({
    figure: 'unrequested-deletes',
    value: deletes.length,
    unit: 'count',
    baseline: writes.length,
    goal: 0,
    ok: deletes.length === 0 && missing === 0 && idle.length === 0,
    more: { faults: faults.length, idle: idle.length, applications: count, missing },
  });

  async function release(slugs: readonly string[], to: number): Promise<void> {
    await eachOf(slugs, 4, async (slug) => {
      const { applicationId = '', environmentId = '' } = made.get(slug) ?? {};
      const body = {
        ...{ applicationId, environmentId, templateVersionId: bench.template('raw'), images: {} },
        parameters: { manifests: manifests(slug, to) },
      };
      const { id } = await owner.call(createRelease, { body }, { idempotencyKey: `release-${slug}-${to}` });
      const known = made.get(slug);
      if (known !== undefined) made.set(slug, { ...known, releaseId: id });
    });
  }

  /** Whatever became of them, nothing is under way any more. */
  async function settled(): Promise<void> {
    await Promise.all([...made.values()].map(({ releaseId }) => untilOver(releaseId)));
  }
} finally {
  await bench.stop();
  await Promise.all(proxies.map((proxy) => proxy.close()));
}

async function untilOver(id: string): Promise<void> {
  await waitFor(
    `release ${id}`,
    async () => {
      const { state } = await owner.call(getRelease, { params: { id } });
      return !['planning', 'queued', 'rolling'].includes(state);
    },
    { timeoutMs: 120_000, everyMs: 1000 },
  );
}

async function missingObjects(slugs: readonly string[]): Promise<number> {
  const found = await Promise.all(
    clusters.flatMap((cluster) =>
      [
        'apis/apps/v1/namespaces/bench/deployments',
        'api/v1/namespaces/bench/services',
        'api/v1/namespaces/bench/configmaps',
      ].map(async (path) => {
        const { items } = await cluster.request<{ items: { metadata: { name: string } }[] }>('GET', `/${path}`);
        return items.filter(({ metadata }) => slugs.includes(metadata.name)).length;
      }),
    ),
  );
  return 3 * slugs.length - found.reduce((sum, n) => sum + n, 0);
}
