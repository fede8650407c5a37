import {
  createApplication,
  createRelease,
  listProjects,
  listReleaseObjects,
  listTemplates,
  previewRelease,
  registerCluster,
} from '@quarterdeck/contracts';
import {
  type Cluster,
  claimProduct,
  makeDataFolder,
  removeDataFolder,
  startControlPlanes,
  startProduct,
  waitFor,
} from '@quarterdeck/testing';
import { median, percentile, printResult } from './result.ts';

const rounds = 100;
/** Releases are watched for half a minute after they are out; this many at a time is a busy team. */
const paceMs = 1500;
const namespace = 'shop';
/** Where the API has the kinds of the template. */
const places: Record<string, string> = {
  Service: '/api/v1/namespaces/shop/services',
  Deployment: '/apis/apps/v1/namespaces/shop/deployments',
  PodDisruptionBudget: '/apis/policy/v1/namespaces/shop/poddisruptionbudgets',
};

/**
 * From the click on Deploy, after its preview, until the Deployment stands in both real clusters. Baseline: the same
 * objects put on the same two API servers by server-side apply as the administrator, one after the other on each.
 */
const fleet = await startControlPlanes({ count: 2, nodes: 3 });
const clusters = fleet.clusters;
const folder = await makeDataFolder();
const allow = clusters.map(({ server }) => `127.0.0.1/32:${new URL(server).port}`).join(',');
const product = await startProduct({
  dataDir: folder,
  args: ['--no-demo'],
  env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: allow },
});
try {
  await product.ready();
  const owner = await claimProduct(product);
  for (const { name, kubeconfig } of clusters) {
    const access = { kind: 'kubeconfig', kubeconfig } as const;
    await owner.call(registerCluster, { body: { slug: name, access, bootstrap: true } });
  }
  const projectId = (await owner.call(listProjects, {})).items[0]?.id ?? '';
  const templateVersionId = (await owner.call(listTemplates, {})).items[0]?.latestVersionId ?? '';
  const rules = clusters.map(({ name }) => ({ selector: { cluster: name }, namespace }));
  let environmentId: string | undefined;

  /** An application of its own each time: one release at a time is on its way in an environment. */
  async function makeApplication(slug: string): Promise<string> {
    const environment =
      environmentId === undefined ? ({ name: 'prod', tier: 'production', rules } as const) : { environmentId };
    const made = await owner.call(createApplication, { body: { projectId, slug, environments: [environment] } });
    environmentId = made.environments[0]?.environmentId;
    return made.id;
  }

  async function deploy(slug: string): Promise<{ tookMs: number; releaseId: string }> {
    const applicationId = await makeApplication(slug);
    const body = {
      applicationId,
      environmentId: environmentId ?? '',
      templateVersionId,
      images: { main: `registry.example.com/shop/${slug}:1.0.0` },
      parameters: { replicas: 1 },
    };
    const { contentSha256 } = await owner.call(previewRelease, { body });
    const clicked = performance.now();
    const [release, ...seen] = await Promise.all([
      owner.call(createRelease, { body: { ...body, contentSha256 } }, { idempotencyKey: `deploy-${slug}` }),
      ...watches.map((watch) => watch.whenSeen(slug)),
    ]);
    return { tookMs: Math.max(...seen) - clicked, releaseId: release.id };
  }

  for (const cluster of clusters) await cluster.request('POST', '/api/v1/namespaces', ourNamespace());
  const watches = await Promise.all(clusters.map(watchDeployments));
  const { releaseId } = await deploy('warm-up');
  const manifests = (await owner.call(listReleaseObjects, { params: { id: releaseId } })).items
    .filter((object) => object.cluster === clusters[0]?.name)
    .map((object) => object.manifest);

  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const next = performance.now() + paceMs;
    ours.push((await deploy(`app-${round}`)).tookMs);
    bare.push(await applyDirectly(`bare-${round}`, manifests, watches));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())));
    if (round % 10 === 9) process.stdout.write(`${round + 1} of ${rounds}\n`);
  }
  for (const watch of watches) watch.close();

  const row = (name: string, values: readonly number[]) =>
    `${name.padEnd(28)}${[0.5, 0.9, 0.99].map((share) => String(Math.round(percentile(values, share))).padStart(8)).join('')}\n`;
  process.stdout.write(`${'ms'.padEnd(28)}     p50     p90     p99\n`);
  process.stdout.write(row('Deploy clicked → object', ours));
  process.stdout.write(row('the same objects, applied', bare));
  printResult({
    figure: 'deploy-latency',
    value: Math.round(percentile(ours, 0.99)),
    unit: 'ms',
    baseline: Math.round(percentile(bare, 0.99)),
    goal: 650,
    more: { p50: Math.round(median(ours)), baselineP50: Math.round(median(bare)), rounds },
  });
} finally {
  await product.stop();
  await removeDataFolder(folder);
  await fleet.stop();
}

function ourNamespace() {
  return { metadata: { name: namespace, labels: { 'app.kubernetes.io/managed-by': 'quarterdeck' } } };
}

type Watch = { whenSeen(name: string): Promise<number>; close(): void };

/** Tells when a Deployment was first heard of. */
async function watchDeployments(cluster: Cluster): Promise<Watch> {
  const seen = new Map<string, number>();
  const stream = await cluster.stream(`/apis/apps/v1/namespaces/${namespace}/deployments?watch=1`);
  const reading = async () => {
    for await (const line of stream.lines) {
      const { name } = (JSON.parse(line) as { object: { metadata: { name: string } } }).object.metadata;
      if (!seen.has(name)) seen.set(name, performance.now());
    }
  };
  // It ends when it is closed, or with its cluster; what is missed then is waited for in vain, and said.
  reading().catch(() => {});
  return {
    whenSeen: (name) => waitFor(`${name} in ${cluster.name}`, () => seen.get(name), { everyMs: 5 }),
    close: () => stream.close(),
  };
}

async function applyDirectly(name: string, manifests: readonly string[], watches: readonly Watch[]): Promise<number> {
  const started = performance.now();
  const applied = clusters.map(async (cluster) => {
    for (const manifest of manifests) {
      const place = places[/^kind: (\w+)$/m.exec(manifest)?.[1] ?? ''];
      await cluster.request('PATCH', `${place}/${name}?fieldManager=bench`, manifest.replaceAll('warm-up', name), {
        contentType: 'application/apply-patch+yaml',
      });
    }
  });
  const [seen] = await Promise.all([Promise.all(watches.map((watch) => watch.whenSeen(name))), ...applied]);
  return Math.max(...seen) - started;
}
