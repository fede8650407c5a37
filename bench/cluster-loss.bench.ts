import {
  approveEvacuation,
  createEvacuation,
  getApplicationDrift,
  listClusters,
  listReleases,
  type releaseKinds,
} from '@quarterdeck/contracts';
import { waitFor } from '@quarterdeck/testing';
import { type Deployed, eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { printResult } from './result.ts';

const count = Number(process.argv[2] ?? 50);
const goalSeconds = 45;
const goalShownSeconds = 15;
const atOnce = 8;
/** How long the cluster that is back is looked at: its watches, what is compared there and what is owed have their turn. */
const watchedMs = 40_000;

/**
 * A real control plane of three is lost with applications on it, a Deployment, Service and disruption budget each: how
 * long until it is shown as lost, until an approved evacuation has all of them healthy elsewhere (30 s of that are the
 * calm that a healthy revision is asked for), and what is deleted anywhere once it is back, by the API servers' audit
 * logs. Baseline: the same applications' first deployment to the cluster that is lost, from the first request to healthy.
 */
const bench = await startDeliveryFleet({ nodes: 4 });
const { clusters, owner } = bench;
const [lost] = clusters;
if (lost === undefined) throw new Error('the testbed gave no cluster');
try {
  await bench.startWorker();
  const release = {
    template: 'web-service',
    images: { main: 'registry.example.com/bench/app:1.0.0' },
    parameters: { replicas: 1, resources: { cpu: '50m', memory: '64Mi' } },
  };
  const deployed: Deployed[] = [await bench.deploy('app-0', lost, release)];
  await untilHealthy('deploy', 1);
  const baselineAt = performance.now();
  await eachOf([...Array(count - 1).keys()], atOnce, async (index) => {
    deployed.push(await bench.deploy(`app-${index + 1}`, lost, release));
  });
  await untilHealthy('deploy', count);
  const baselineMs = performance.now() - baselineAt;

  const lostAt = performance.now();
  await lost.stopApiServer();
  await waitFor('the cluster to be shown as lost', async () => (await stateOf(lost.name)) === 'unreachable', {
    timeoutMs: 120_000,
    everyMs: 100,
  });
  const shownMs = performance.now() - lostAt;

  const clusterId = (await owner.call(listClusters, {})).items.find(({ slug }) => slug === lost.name)?.id ?? '';
  const draftAt = performance.now();
  const draft = await owner.call(createEvacuation, { body: { clusterId } });
  const draftMs = performance.now() - draftAt;
  const going = draft.items.filter(({ state }) => state === 'proposed');
  const approvedAt = performance.now();
  const items = going.map(({ applicationId, environmentId }) => ({ applicationId, environmentId, accepts: [] }));
  const { refused } = await owner.call(approveEvacuation, { params: { id: draft.id }, body: { items } });
  const askedMs = performance.now() - approvedAt;
  for (const { detail } of refused.slice(0, 3)) process.stdout.write(`refused: ${detail}\n`);
  await untilHealthy('evacuate', going.length - refused.length);
  const elsewhereMs = performance.now() - approvedAt;

  const backAt = Date.now();
  await lost.startApiServer();
  await waitFor('the cluster to be back', async () => (await stateOf(lost.name)) === 'connected', {
    timeoutMs: 120_000,
    everyMs: 200,
  });
  await waitFor(
    'everything there to be compared',
    async () => {
      if (Date.now() - backAt < watchedMs) return false;
      const targets = await Promise.all(
        deployed
          .slice(0, 5)
          .map(({ applicationId }) => owner.call(getApplicationDrift, { params: { id: applicationId } })),
      );
      return targets.every((answer) =>
        answer.targets.filter(({ cluster }) => cluster === lost.name).every(({ state }) => state === 'same'),
      );
    },
    { timeoutMs: 120_000, everyMs: 1000 },
  );
  const writes = await bench.writes();
  const deletes = writes.filter(({ verb }) => verb === 'delete' || verb === 'deletecollection');
  const since = deletes.filter(({ answeredAt }) => answeredAt >= backAt);
  const there = writes.filter(
    ({ cluster, answeredAt, user }) => cluster === lost.name && answeredAt >= backAt && user === 'quarterdeck:deployer',
  );

  const seconds = (ms: number) => Math.round(ms / 100) / 10;
  const row = (name: string, value: string) => process.stdout.write(`${name.padEnd(52)}${value.padStart(10)}\n`);
  row(`${count} applications deployed, first request to healthy`, `${seconds(baselineMs)} s`);
  row('shown as lost', `${seconds(shownMs)} s`);
  row(`drafted: ${going.length} can go`, `${seconds(draftMs)} s`);
  row('approved, all requests answered', `${seconds(askedMs)} s`);
  row('approved to all healthy elsewhere', `${seconds(elsewhereMs)} s`);
  row('deletes in all clusters since it is back', String(since.length));
  row('deletes in all clusters in the whole run', String(deletes.length));
  row('writes of releases to it since it is back', String(there.length));
  printResult({
    figure: 'cluster-loss',
    value: seconds(elsewhereMs),
    unit: 's',
    baseline: seconds(baselineMs),
    goal: goalSeconds,
    ok:
      elsewhereMs <= goalSeconds * 1000 &&
      shownMs <= goalShownSeconds * 1000 &&
      going.length === count &&
      refused.length === 0 &&
      since.length === 0,
    more: {
      count,
      shownS: seconds(shownMs),
      draftS: seconds(draftMs),
      evacuated: going.length - refused.length,
      deletesSinceBack: since.length,
      deletes: deletes.length,
      writesSinceBack: there.length,
    },
  });
} finally {
  await bench.stop();
}

async function stateOf(slug: string): Promise<string | undefined> {
  return (await owner.call(listClusters, {})).items.find((cluster) => cluster.slug === slug)?.state;
}

async function untilHealthy(kind: (typeof releaseKinds)[number], expected: number): Promise<void> {
  await waitFor(
    `${expected} healthy releases of kind ${kind}`,
    async () => {
      const { items } = await owner.call(listReleases, { query: { limit: 200 } });
      const mine = items.filter((release) => release.kind === kind);
      const failed = mine.find(({ state }) => state === 'failed' || state === 'paused' || state === 'refused');
      if (failed !== undefined) throw new Error(`${failed.application} #${failed.number} is ${failed.state}`);
      return mine.filter(({ state }) => state === 'succeeded').length >= expected;
    },
    { timeoutMs: 240_000, everyMs: 250 },
  );
}
