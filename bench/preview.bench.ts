import {
  createApplication,
  createRelease,
  getRelease,
  previewRelease,
  type ReleasePreview,
} from '@quarterdeck/contracts';
import { type Cluster, waitFor } from '@quarterdeck/testing';
import { addVolumes, builtinInputs } from '../apps/api/src/features/templates/builtin-inputs.fixture.ts';
import { benchNamespace, eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { configManifest, together, webManifests } from './delivery-manifests.ts';
import { percentile, printResult } from './result.ts';

type ReleaseInput = {
  applicationId: string;
  environmentId: string;
  templateVersionId: string;
  images: Record<string, string>;
  parameters: Record<string, unknown>;
};

const rounds = Number(process.argv[2] ?? 20);
const goalMs = 1500;
/** Requests that the product has under way at a cluster at once. */
const directAtOnce = 8;

/**
 * A preview of 30 objects (10 Deployments, 10 Services, 10 ConfigMaps) in each of three real clusters: all of them
 * changed, as after a new version; one of them changed, as while somebody types; none. Then each built-in template,
 * previewed again after it went out: how many objects would change. Baseline: the reads and dry runs of the first case
 * alone, sent to the three API servers by their administrator.
 */
const bench = await startDeliveryFleet({ nodes: 2 });
const { clusters, owner } = bench;
try {
  await bench.startWorker();
  const input = await application(
    'sheet',
    { to: clusters, namespace: benchNamespace },
    { templateVersionId: bench.template('raw'), images: {}, parameters: { manifests: sheet(() => 0) } },
  );
  await released(input);
  const changedMs: number[] = [];
  const typedMs: number[] = [];
  const sameMs: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    changedMs.push(
      await timedPreview(
        input,
        sheet(() => round),
        90,
      ),
    );
    typedMs.push(
      await timedPreview(
        input,
        sheet((index) => (index === 0 ? 1000 + round : 0)),
        3,
      ),
    );
    sameMs.push(
      await timedPreview(
        input,
        sheet(() => 0),
        0,
      ),
    );
  }
  const directMs: number[] = [];
  for (let round = 1; round <= rounds; round += 1) directMs.push(await direct(round));

  await addVolumes(clusters[0] as Cluster, 'builtins');
  const changes = await reapplied(clusters[0] as Cluster);

  const row = (name: string, times: readonly number[]) =>
    process.stdout.write(
      `${name.padEnd(34)}${[0.5, 0.95, 1].map((share) => percentile(times, share).toFixed(0).padStart(9)).join('')}\n`,
    );
  process.stdout.write(`${' '.repeat(34)}  p50, ms  p95, ms  max, ms\n`);
  row('all 90 changed', changedMs);
  row('1 of 30 changed in each', typedMs);
  row('nothing changed', sameMs);
  row('the same asked directly', directMs);
  for (const [name, count] of changes)
    process.stdout.write(`${name.padEnd(20)}${count} objects change when applied again\n`);
  const p95 = Math.round(percentile(changedMs, 0.95));
  const reappliedChanges = [...changes.values()].reduce((sum, count) => sum + count, 0);
  printResult({
    figure: 'preview',
    value: p95,
    unit: 'ms',
    baseline: Math.round(percentile(directMs, 0.95)),
    goal: goalMs,
    ok: p95 <= goalMs && reappliedChanges === 0 && changes.size === Object.keys(builtinInputs).length,
    more: {
      typedP95Ms: Math.round(percentile(typedMs, 0.95)),
      sameP95Ms: Math.round(percentile(sameMs, 0.95)),
      templates: changes.size,
      reappliedChanges,
    },
  });
} finally {
  await bench.stop();
}

/** 30 objects; the version of each by the index of its third. */
function sheet(versionOf: (index: number) => number): string {
  return Array.from({ length: 10 }, (_, index) => {
    const version = versionOf(index);
    const [deployment, service] = webManifests(`web-${index}`, { image: `registry.example.com/bench/web:${version}` })
      .split('\n---\n')
      .map((text) => JSON.parse(text) as Versioned);
    const settings = JSON.parse(configManifest(`settings-${index}`)) as Versioned;
    const objects = [deployment, service, settings].map((object) => ({
      ...object,
      // One object of the third changes while somebody types: its Deployment.
      metadata: {
        ...object?.metadata,
        ...(version > 0 && version < 1000 ? { labels: { version: `v${version}` } } : {}),
      },
    }));
    return together(objects);
  }).join('\n---\n');
}

type Versioned = { metadata: { name: string } };

/** @param expected objects that the preview must show as changed, or it measured something else */
async function timedPreview(input: ReleaseInput, manifests: string, expected: number): Promise<number> {
  const body = { ...input, parameters: { manifests } };
  const started = performance.now();
  const preview: ReleasePreview = await owner.call(previewRelease, { body });
  const took = performance.now() - started;
  const objects = preview.targets.flatMap((target) => target.objects);
  const changed = objects.filter(({ change }) => change === 'change').length;
  const others = objects.filter(({ change }) => change !== 'change' && change !== 'unchanged').length;
  if (objects.length !== 90 || changed !== expected || others > 0)
    throw new Error(`the preview shows ${changed} of ${objects.length} changed, ${others} otherwise: not ${expected}`);
  return took;
}

/** What a preview of all changed asks of the clusters, and nothing around it. */
async function direct(round: number): Promise<number> {
  const objects = sheet(() => 100_000 + round)
    .split('\n---\n')
    .map((text) => JSON.parse(text) as { kind: string; metadata: { name: string }; spec?: { template?: object } });
  const started = performance.now();
  await Promise.all(
    clusters.map((cluster) =>
      eachOf(objects, directAtOnce, async (object) => {
        const core = object.kind !== 'Deployment';
        const collection = `${core ? '/api/v1' : '/apis/apps/v1'}/namespaces/${benchNamespace}`;
        const path = `${collection}/${object.kind.toLowerCase()}s/${object.metadata.name}`;
        await cluster.request('GET', path);
        await cluster.request('PATCH', `${path}?dryRun=All&force=true&fieldManager=bench`, object, {
          contentType: 'application/apply-patch+yaml',
        });
        if (core) return;
        const pod = { metadata: { generateName: 'bench-' }, ...object.spec?.template };
        const name = { metadata: { ...(pod.metadata as object), generateName: 'bench-' } };
        await cluster.request('POST', `/api/v1/namespaces/${benchNamespace}/pods?dryRun=All`, { ...pod, ...name });
      }),
    ),
  );
  return performance.now() - started;
}

/** @param environment of an application before it, or the clusters of a new one with the namespace there */
async function application(
  slug: string,
  environment: string | { to: readonly Cluster[]; namespace: string },
  version: Pick<ReleaseInput, 'templateVersionId' | 'images' | 'parameters'>,
): Promise<ReleaseInput> {
  const place =
    typeof environment === 'string'
      ? { environmentId: environment }
      : {
          name: environment.namespace,
          tier: 'test' as const,
          rules: environment.to.map(({ name }) => ({
            selector: { cluster: name },
            namespace: environment.namespace,
          })),
        };
  const { id, environments } = await owner.call(createApplication, {
    body: { projectId: bench.projectId, slug, environments: [place] },
  });
  return { applicationId: id, environmentId: environments[0]?.environmentId ?? '', ...version };
}

async function released(body: ReleaseInput): Promise<void> {
  const { id } = await owner.call(createRelease, { body });
  await waitFor(
    'the release',
    async () => {
      const { state, targets } = await owner.call(getRelease, { params: { id } });
      if (state === 'succeeded') return true;
      if (!['planning', 'queued', 'rolling'].includes(state))
        throw new Error(`${state}: ${targets.map(({ verdict }) => verdict?.summary).join(', ')}`);
      return undefined;
    },
    { timeoutMs: 150_000, everyMs: 500 },
  );
}

/** By built-in template: objects that its preview shows as anything but unchanged, right after it went out healthy. */
async function reapplied(cluster: Cluster): Promise<Map<string, number>> {
  const changes = new Map<string, number>();
  const inputs: [name: string, input: ReleaseInput][] = [];
  for (const [name, { parameters }] of Object.entries(builtinInputs)) {
    const images: Record<string, string> = name === 'raw' ? {} : { main: `registry.example.com/bench/${name}:1.0.0` };
    const environment = inputs[0]?.[1].environmentId ?? { to: [cluster], namespace: 'builtins' };
    const version = { templateVersionId: bench.template(name), images, parameters: { ...parameters } };
    inputs.push([name, await application(name, environment, version)]);
  }
  await Promise.all(
    inputs.map(async ([name, input]) => {
      await released(input);
      const { targets } = await owner.call(previewRelease, { body: input });
      const objects = targets.flatMap((target) => target.objects);
      if (objects.length === 0) throw new Error(`${name} put out nothing`);
      changes.set(name, objects.filter(({ change }) => change !== 'unchanged').length);
    }),
  );
  return changes;
}
