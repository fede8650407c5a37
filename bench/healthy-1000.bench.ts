import { listReleases } from '@quarterdeck/contracts';
import { type Cluster, waitFor } from '@quarterdeck/testing';
import { eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { webManifests } from './delivery-manifests.ts';
import { printResult } from './result.ts';

const count = Number(process.argv[2] ?? 1000);
const goal = { seconds: 150, mebibytes: 300 };
const atOnce = 16;
const podsPerNode = 100;

/**
 * Applications of a Deployment, a Service and an autoscaler over three real control planes: from the first request until
 * the last release is healthy, 30 s of calm included. Baseline: as many put on the same clusters by the administrator,
 * until all Deployments are available.
 */
const bench = await startDeliveryFleet({ nodes: Math.ceil((2 * count) / 3 / podsPerNode) + 1 });
const { clusters, owner } = bench;
try {
  const worker = await bench.startWorker();
  const clusterOf = (index: number) => clusters[index % clusters.length] as Cluster;
  const deploy = (slug: string, cluster: Cluster) =>
    bench.deploy(slug, cluster, {
      template: 'raw',
      parameters: { manifests: webManifests(slug, { autoscaled: true }) },
    });
  const healthy = async (expected: number) => {
    const { total } = await owner.call(listReleases, { query: { state: ['succeeded'], limit: 1 } });
    return total >= expected;
  };
  for (const [index, cluster] of clusters.entries()) await deploy(`warm-up-${index}`, cluster);
  await waitFor('the warm-up', () => healthy(clusters.length), { timeoutMs: 90_000, everyMs: 500 });

  const parts = [bench.server, worker];
  const before = await bench.usage(parts);
  let most = before;
  const sampling = setInterval(async () => {
    const now = await bench.usage(parts);
    if (now.rssBytes > most.rssBytes) most = now;
  }, 1000);
  const startedAt = Date.now();
  await eachOf([...Array(count).keys()], atOnce, (index) => deploy(`app-${index}`, clusterOf(index)));
  const askedMs = Date.now() - startedAt;
  await waitFor('all to be healthy', () => healthy(count + clusters.length), { timeoutMs: 400_000, everyMs: 1000 });
  const healthyMs = Date.now() - startedAt;
  clearInterval(sampling);
  const after = await bench.usage(parts);

  const baselineAt = performance.now();
  await Promise.all(clusters.map((cluster, at) => applyAll(cluster, at)));
  const baselineMs = performance.now() - baselineAt;

  const seconds = (ms: number) => Math.round(ms / 100) / 10;
  const mebibytes = (bytes = 0) => Math.round(bytes / 2 ** 20);
  const rssMiB = mebibytes(most.rssBytes);
  const [ofServer = 0, ofWorker = 0] = most.bytesOfEach.map(mebibytes);
  process.stdout.write(`all requests answered   ${seconds(askedMs)} s\n`);
  process.stdout.write(`all healthy             ${seconds(healthyMs)} s, server and worker at most ${rssMiB} MiB\n`);
  process.stdout.write(
    `of that                 server ${ofServer}, worker ${ofWorker} MiB; before the first request ${mebibytes(before.rssBytes)}\n`,
  );
  process.stdout.write(`as many, directly       ${seconds(baselineMs)} s until available\n`);
  printResult({
    figure: 'healthy-1000',
    value: seconds(healthyMs),
    unit: 's',
    baseline: seconds(baselineMs),
    goal: goal.seconds,
    ok: healthyMs <= goal.seconds * 1000 && rssMiB <= goal.mebibytes,
    more: {
      count,
      askedS: seconds(askedMs),
      rssMiB,
      ofServer,
      ofWorker,
      idleMiB: mebibytes(before.rssBytes),
      goalMiB: goal.mebibytes,
      cpuS: Math.round(after.cpuSeconds - before.cpuSeconds),
    },
  });
} finally {
  await bench.stop();
}

async function applyAll(cluster: Cluster, at: number): Promise<void> {
  const namespace = 'bare';
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const mine = [...Array(count).keys()].filter((index) => index % clusters.length === at);
  const places = ['apis/apps/v1', 'api/v1', 'apis/autoscaling/v2'];
  const plurals = ['deployments', 'services', 'horizontalpodautoscalers'];
  await eachOf(mine, 8, async (index) => {
    const objects = webManifests(`bare-${index}`, { autoscaled: true }).split('\n---\n');
    for (const [which, object] of objects.entries())
      await cluster.request('POST', `/${places[which]}/namespaces/${namespace}/${plurals[which]}`, object);
  });
  await waitFor(
    `all Deployments in ${cluster.name}`,
    async () => {
      const { items } = await cluster.request<{ items: { status: { availableReplicas?: number } }[] }>(
        'GET',
        `/apis/apps/v1/namespaces/${namespace}/deployments`,
      );
      return items.filter(({ status }) => (status.availableReplicas ?? 0) > 0).length === mine.length;
    },
    { timeoutMs: 200_000, everyMs: 500 },
  );
}
