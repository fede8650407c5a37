import {
  createApplication,
  createRelease,
  getRelease,
  putEnvironmentDelivery,
  type ReleaseDetail,
} from '@quarterdeck/contracts';
import { waitFor } from '@quarterdeck/testing';
import { benchNamespace, startDeliveryFleet } from './delivery-fleet.ts';
import { webManifests } from './delivery-manifests.ts';
import { median, printResult } from './result.ts';

const rounds = Number(process.argv[2] ?? 5);
const goalSeconds = 30;

/**
 * A bad image in the first of three waves, each a real cluster with a budget of none: what is written to the later
 * clusters once the budget is spent, by their own audit logs, and how long until the first wave is healthy on its old
 * bytes again. Baseline: how long the bad pods took to be found out.
 */
const bench = await startDeliveryFleet({ nodes: 1 });
const { clusters, owner, projectId } = bench;
try {
  await bench.startWorker();
  const rules = clusters.map(({ name }) => ({ selector: { cluster: name }, namespace: benchNamespace }));
  const application = await owner.call(createApplication, {
    body: { projectId, slug: 'shop', environments: [{ name: 'prod', tier: 'test', rules }] },
  });
  const environmentId = application.environments[0]?.environmentId ?? '';
  const waves = clusters.map(({ name }, index) => ({
    name,
    select: index === clusters.length - 1 ? { rest: true as const } : { labels: { cluster: name } },
    maxConcurrent: 1,
    failureBudget: 0,
  }));
  const deploy = (image: string) =>
    owner.call(createRelease, {
      body: {
        ...{ applicationId: application.id, environmentId, templateVersionId: bench.template('raw'), images: {} },
        parameters: { manifests: webManifests('shop', { image: `registry.example.com/bench/${image}`, replicas: 2 }) },
      },
    });
  const until = (id: string, state: ReleaseDetail['state']) =>
    waitFor(
      `${id} to be ${state}`,
      async () => {
        const release = await owner.call(getRelease, { params: { id } });
        return release.state === state ? release : undefined;
      },
      { timeoutMs: 180_000, everyMs: 100 },
    );
  // What goes back is healthy everywhere; at once, since the waves of this one are not the matter.
  await until((await deploy('web:1')).id, 'succeeded');
  await owner.call(putEnvironmentDelivery, {
    params: { id: environmentId },
    body: { strategies: [{ name: 'one by one', waves, onFailure: 'rollback' }], revision: 0 },
  });

  process.stdout.write('healthy everywhere\n');

  const later = clusters.slice(1).map(({ name }) => name);
  const found: number[] = [];
  const restored: number[] = [];
  let writtenLater = 0;
  for (let round = 0; round < rounds; round += 1) {
    const before = (await bench.writes()).filter(({ cluster }) => later.includes(cluster)).length;
    const bad = await deploy(`bad-${round}:missing`);
    const started = performance.now();
    const failed = await until(bad.id, 'failed');
    found.push(performance.now() - started);
    await until(failed.rolledBackBy?.id ?? '', 'succeeded');
    restored.push(performance.now() - started - (found.at(-1) ?? 0));
    writtenLater += (await bench.writes()).filter(({ cluster }) => later.includes(cluster)).length - before;
  }
  const s = (ms: number) => Math.round(ms / 100) / 10;
  process.stdout.write(`found out       ${found.map((ms) => `${s(ms)} s`).join(', ')}\n`);
  process.stdout.write(`restored after  ${restored.map((ms) => `${s(ms)} s`).join(', ')}\n`);
  process.stdout.write(`${writtenLater} writes to later waves\n`);
  printResult({
    figure: 'budget-stop',
    value: writtenLater,
    unit: 'count',
    baseline: rounds,
    goal: 0,
    ok: writtenLater === 0 && Math.max(...restored) <= goalSeconds * 1000,
    more: {
      rounds,
      foundS: s(median(found)),
      restoredS: s(median(restored)),
      restoredMostS: s(Math.max(...restored)),
      goalS: goalSeconds,
    },
  });
} finally {
  await bench.stop();
}
