import { createRelease, getRelease, listReleaseObjects, rollbackRelease } from '@quarterdeck/contracts';
import { type Cluster, waitFor } from '@quarterdeck/testing';
import { eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { webManifests } from './delivery-manifests.ts';
import { median, percentile, printResult } from './result.ts';

const count = Number(process.argv[2] ?? 50);
const goalSeconds = 20;

/**
 * Applications that all go back at the same moment, from the click until their release is healthy: no registry and no
 * git exists here, and the template's files are gone from the database. Baseline: the release that they go back from.
 */
const bench = await startDeliveryFleet({ nodes: Math.ceil((2 * count) / 3 / 100) + 1 });
const { clusters, owner } = bench;
try {
  await bench.startWorker();
  const slugs = Array.from({ length: count }, (_, index) => `app-${index}`);
  const manifests = (slug: string, version: number) =>
    webManifests(slug, { image: `registry.example.com/bench/web:${version}` });
  const first = new Map<string, Awaited<ReturnType<typeof bench.deploy>>>();
  await eachOf([...slugs.entries()], 8, async ([index, slug]) => {
    const cluster = clusters[index % clusters.length] as Cluster;
    first.set(
      slug,
      await bench.deploy(slug, cluster, { template: 'raw', parameters: { manifests: manifests(slug, 1) } }),
    );
  });
  await Promise.all(slugs.map((slug) => untilHealthy(first.get(slug)?.releaseId ?? '')));

  const forwards = await timed(async (slug) => {
    const { applicationId = '', environmentId = '' } = first.get(slug) ?? {};
    const body = {
      ...{ applicationId, environmentId, templateVersionId: bench.template('raw'), images: {} },
      parameters: { manifests: manifests(slug, 2) },
    };
    return (await owner.call(createRelease, { body }, { idempotencyKey: `second-${slug}` })).id;
  });
  // Not even whoever may do everything in the product can do this: the bytes of releases are all that is left.
  await bench.postgres.asSuperuser("SET session_replication_role = replica; UPDATE template_version SET files = '{}'");
  const backIds = new Map<string, string>();
  const backwards = await timed(async (slug) => {
    const params = { id: first.get(slug)?.releaseId ?? '' };
    const { id } = await owner.call(
      rollbackRelease,
      { params, body: { reason: 'bench' } },
      { idempotencyKey: `back-${slug}` },
    );
    backIds.set(slug, id);
    return id;
  });
  const differing: string[] = [];
  for (const slug of slugs) {
    const [stored, back] = await Promise.all([first.get(slug)?.releaseId, backIds.get(slug)].map(bytesOf));
    if (stored !== back) differing.push(slug);
  }

  const s = (ms: number) => Math.round(ms / 100) / 10;
  process.stdout.write(`s                     p50     p95\n`);
  for (const [name, values] of [
    ['forwards', forwards],
    ['backwards', backwards],
  ] as const)
    process.stdout.write(
      `${name.padEnd(16)}${[0.5, 0.95].map((share) => String(s(percentile(values, share))).padStart(8)).join('')}\n`,
    );
  process.stdout.write(`${differing.length} with other bytes\n`);
  printResult({
    figure: 'rollback-50',
    value: s(percentile(backwards, 0.95)),
    unit: 's',
    baseline: s(percentile(forwards, 0.95)),
    goal: goalSeconds,
    ok: percentile(backwards, 0.95) <= goalSeconds * 1000 && differing.length === 0,
    more: { count, p50: s(median(backwards)), differing: differing.length },
  });

  /** From each click until that release is healthy, all at once; ms. */
  async function timed(click: (slug: string) => Promise<string>): Promise<number[]> {
    return Promise.all(
      slugs.map(async (slug) => {
        const clicked = performance.now();
        await untilHealthy(await click(slug));
        return performance.now() - clicked;
      }),
    );
  }
} finally {
  await bench.stop();
}

async function untilHealthy(id: string): Promise<void> {
  await waitFor(
    `release ${id}`,
    async () => {
      const { state } = await owner.call(getRelease, { params: { id } });
      if (['failed', 'partial', 'aborted', 'superseded'].includes(state)) throw new Error(`it is ${state}`);
      return state === 'succeeded';
    },
    { timeoutMs: 120_000, everyMs: 500 },
  );
}

/** Of all its objects, as they were applied. */
async function bytesOf(id: string | undefined): Promise<string> {
  const { items } = await owner.call(listReleaseObjects, { params: { id: id ?? '' } });
  return items.map(({ kind, name, sha256 }) => `${kind} ${name} ${sha256}`).join('\n');
}
