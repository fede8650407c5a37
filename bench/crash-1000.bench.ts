import { getRelease } from '@quarterdeck/contracts';
import { type AuditedWrite, type Cluster, waitFor } from '@quarterdeck/testing';
import { toUuid } from '../apps/api/src/platform/ids.ts';
import { benchNamespace, eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { together } from './delivery-manifests.ts';
import { prepareDoomedWorker } from './doomed-worker.ts';
import { printResult } from './result.ts';

const points = 40;
/** As many as a worker writes at the same time: four on each of three clusters. */
const runsAtOnce = 12;
const kills = Number(process.argv[2] ?? 84);
/** Doomed workers at a time: they wait for one another's runs as workers do. */
const lanes = Number(process.argv[3] ?? 2);
const goalSeconds = 20;
/** Runs that were given up are taken again after 15 s at the latest; until then a worker has others to come by. */
const spareMs = 3000;
/** With fewer a run has not 20 effects. */
const objectsEach = 4;

/**
 * Runs killed by kill -9 of their worker at each of 40 step points: before and after each of 20 effects of a run, which
 * are statements and requests. Each kill ends a worker in which twelve runs stand at the point, so 84 kills end 1,008
 * runs (40 points, 25 seeds); others that it had are killed beside them. The next worker is at hand when one dies; what it finds ends at its point only when it is
 * new. The API servers' audit logs judge: an object whose content changed twice was written twice.
 */
const bench = await startDeliveryFleet();
const { clusters, owner, database } = bench;
try {
  const base = { databaseUrl: bench.postgres.url(), keyring: bench.keyring, addressAllow: bench.addressAllow };
  const prepare = (kill: number) => prepareDoomedWorker({ ...base, point: pointOf(kill), runs: runsAtOnce });
  const prepareGentle = () => prepareDoomedWorker({ ...base, point: -1, runs: 1 });
  // Makes the namespaces, and is let go in peace.
  const gentle = await prepareGentle();
  gentle.start();
  const calm = await Promise.all(clusters.map((cluster, index) => deploy(`calm-${index}`, cluster)));
  await Promise.all(calm.map(untilDone));
  await gentle.kill();

  const releases: string[] = [];
  const killedAt = new Map<string, number>();
  const resumed = watchFences(killedAt);
  const startedAt = performance.now();
  let prepared = 0;
  let killed = 0;
  const last = prepareGentle();
  /** One worker after the other; the next is at hand when one dies. */
  const lane = async () => {
    let next = nextOf();
    while (next !== undefined) {
      const { kill, worker } = next;
      const doomed = await worker;
      doomed.start();
      next = nextOf();
      const add = async (index: number) => {
        releases.push(await deploy(`app-${kill}-${index}`, clusters[index % clusters.length] as Cluster));
      };
      await eachOf([...Array(runsAtOnce).keys()], 6, add);
      // What the worker beside it took on its way to the end is new to nobody any more.
      for (let index = runsAtOnce; !(await isOver(doomed.ended, spareMs)); index += 1) await add(index);
      const ended = await doomed.ended;
      for (const releaseId of ended.releaseIds) killedAt.set(releaseId, ended.killedAt);
      killed += 1;
      if (killed % 10 === 0)
        process.stdout.write(
          `${killed} of ${kills} kills after ${Math.round((performance.now() - startedAt) / 1000)} s\n`,
        );
    }
  };
  function nextOf() {
    if (prepared === kills) return undefined;
    prepared += 1;
    return { kill: prepared - 1, worker: prepare(prepared - 1) };
  }
  await Promise.all(Array.from({ length: lanes }, lane));
  const worker = await last;
  worker.start();
  const states: string[] = [];
  await eachOf(releases, 16, async (id) => {
    states.push(await untilDone(id));
  });
  const slowestMs = Math.max(...(await resumed.stop()).values());
  await worker.kill();

  const written = (await bench.writes()).filter(
    ({ resource, name, status }) => resource === 'configmaps' && name.startsWith('app-') && status < 300,
  );
  const changes = Map.groupBy(written, ({ cluster, name }) => `${cluster}/${name}`);
  const twice = [...changes.values()].filter((writes) => versionsOf(writes) > 1).length;
  const repeated = written.length - changes.size;
  const lost = states.filter((state) => state !== 'succeeded').length + releases.length * objectsEach - changes.size;

  const seconds = Math.round(slowestMs / 100) / 10;
  process.stdout.write(`${killedAt.size} runs killed by ${kills} kills at ${points} points\n`);
  process.stdout.write(
    `${changes.size} objects, ${twice} changed twice, ${repeated} sent again without a change, ${lost} lost\n`,
  );
  process.stdout.write(`the slowest was taken up again after ${seconds} s\n`);
  printResult({
    figure: 'crash-1000',
    value: twice,
    unit: 'count',
    baseline: killedAt.size,
    goal: 0,
    ok: twice === 0 && lost === 0 && slowestMs <= goalSeconds * 1000 && killedAt.size === kills * runsAtOnce,
    more: { kills, lost, repeated, resumeS: seconds, goalS: goalSeconds },
  });
} finally {
  await bench.stop();
}

async function isOver(work: Promise<unknown>, withinMs: number): Promise<boolean> {
  return Promise.race([work.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, withinMs, false))]);
}

/** All points, again and again, from the last one: a run that never comes so far shows at once. With fewer kills, spread. */
function pointOf(kill: number): number {
  return points - 1 - (kills >= points ? kill % points : Math.floor((kill * points) / kills));
}

async function deploy(slug: string, cluster: Cluster): Promise<string> {
  const manifests = together(
    Array.from({ length: objectsEach }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `${slug}-${index}` },
      data: { slug },
    })),
  );
  return (await bench.deploy(slug, cluster, { template: 'raw', parameters: { manifests } })).releaseId;
}

async function untilDone(id: string): Promise<string> {
  return waitFor(
    `release ${id}`,
    async () => {
      const { state } = await owner.call(getRelease, { params: { id } });
      return ['queued', 'rolling', 'planning'].includes(state) ? undefined : state;
    },
    { timeoutMs: 60_000, everyMs: 500 },
  );
}

function versionsOf(writes: readonly AuditedWrite[]): number {
  return new Set(writes.map(({ resourceVersion }) => resourceVersion)).size;
}

/** How long after its kill each run was somebody's again, ms, looked at a few times a second. */
function watchFences(killedAt: ReadonlyMap<string, number>) {
  const taken = new Map<string, number>();
  let stopped = false;
  const watching = (async () => {
    while (!stopped) {
      const { rows } = await database.pool.query<{ release_id: string }>(
        'SELECT release_id FROM target_run WHERE fence > 1 AND namespace = $1',
        [benchNamespace],
      );
      const now = Date.now();
      const seen = new Set(rows.map(({ release_id }) => release_id));
      for (const [id, at] of killedAt) if (!taken.has(id) && seen.has(toUuid(id))) taken.set(id, now - at);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await watching;
      return taken;
    },
  };
}
