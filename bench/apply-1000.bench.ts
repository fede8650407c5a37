import { listObjects } from '@quarterdeck/contracts';
import { type Cluster, waitFor } from '@quarterdeck/testing';
import { benchNamespace, eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { configManifest } from './delivery-manifests.ts';
import { printResult } from './result.ts';

const count = Number(process.argv[2] ?? 1000);
/** A thousand applications are those of several teams; each has its own part of the audit trail. */
const teams = 10;
const goalSeconds = 35;
/** Requests of the portal's users under way at once. */
const atOnce = 16;
/** Of the administrator of the baseline, on each cluster. */
const baselineAtOnce = 8;

/**
 * Small applications, a ConfigMap each, over three real control planes: from the first request (an application is made
 * and released, two requests each) until the last object is live in its cluster and in our inventory. Baseline: as many
 * ConfigMaps applied directly by the administrator.
 */
const bench = await startDeliveryFleet({ projects: teams });
const { clusters, owner } = bench;
/** One of each team in each cluster. */
const first = teams * clusters.length;
try {
  const worker = await bench.startWorker();
  const parts = [bench.server, worker];
  const clusterOf = (index: number) => clusters[index % clusters.length] as Cluster;
  // The first of each environment makes its namespace and gives the project its number there.
  for (let index = 0; index < first; index += 1) await deploy(`warm-up-${index}`, clusterOf(Math.floor(index / teams)));
  await untilLive(first);

  const before = await bench.usage(parts);
  const startedAt = Date.now();
  await eachOf([...Array(count).keys()], atOnce, (index) => deploy(`app-${index}`, clusterOf(index)));
  const askedMs = Date.now() - startedAt;
  await untilLive(count + first);
  const liveMs = Date.now() - startedAt;
  const after = await bench.usage(parts);
  const made = (await bench.writes()).filter(
    ({ resource, name, status }) => resource === 'configmaps' && name.startsWith('app-') && status < 300,
  );
  const lastMs = Math.max(...made.map(({ answeredAt }) => answeredAt)) - startedAt;
  const twice = made.length - new Set(made.map(({ cluster, name }) => `${cluster}/${name}`)).size;

  const baselineAt = performance.now();
  await Promise.all(
    clusters.map((cluster, at) =>
      eachOf(
        [...Array(count).keys()].filter((index) => index % clusters.length === at),
        baselineAtOnce,
        (index) => applyDirectly(cluster, `bare-${index}`),
      ),
    ),
  );
  const baselineMs = performance.now() - baselineAt;

  const seconds = (ms: number) => Math.round(ms / 100) / 10;
  const row = (name: string, ms: number) =>
    process.stdout.write(`${name.padEnd(44)}${seconds(ms).toFixed(1).padStart(8)} s\n`);
  row('all requests answered', askedMs);
  row('last object made', lastMs);
  row('last object live in the inventory', liveMs);
  row('as many, applied directly', baselineMs);
  printResult({
    figure: 'apply-1000',
    value: seconds(liveMs),
    unit: 's',
    baseline: seconds(baselineMs),
    goal: goalSeconds,
    ok: liveMs <= goalSeconds * 1000 && twice === 0 && made.length === count,
    more: {
      count,
      askedS: seconds(askedMs),
      madeS: seconds(lastMs),
      madeTwice: twice,
      cpuS: Math.round((after.cpuSeconds - before.cpuSeconds) * 10) / 10,
      rssMiB: Math.round(after.rssBytes / 2 ** 20),
    },
  });
} finally {
  await bench.stop();
}

function deploy(slug: string, cluster: Cluster) {
  return bench.deploy(slug, cluster, { template: 'raw', parameters: { manifests: configManifest(slug) } });
}

async function untilLive(expected: number): Promise<void> {
  await waitFor(
    `${expected} live objects`,
    async () => {
      const query = { plural: 'configmaps', labels: 'app.kubernetes.io/managed-by=quarterdeck', limit: 1 };
      // A list counts to 1,000 and no further: each cluster by itself has fewer.
      const lists = await Promise.all(
        clusters.map(({ name }) => owner.call(listObjects, { query: { ...query, clusters: [name] } })),
      );
      return lists.reduce((sum, { total }) => sum + total, 0) >= expected;
    },
    { timeoutMs: 200_000, everyMs: 200 },
  );
}

async function applyDirectly(cluster: Cluster, name: string): Promise<void> {
  await cluster.request(
    'PATCH',
    `/api/v1/namespaces/${benchNamespace}/configmaps/${name}?fieldManager=bench`,
    configManifest(name),
    { contentType: 'application/apply-patch+yaml' },
  );
}
