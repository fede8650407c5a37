import { createRelease, rollbackRelease } from '@quarterdeck/contracts';
import { type Cluster, readyAfterAnnotation, waitFor } from '@quarterdeck/testing';
import { toUuid } from '../apps/api/src/platform/ids.ts';
import { benchNamespace, type Deployed, eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { webManifests } from './delivery-manifests.ts';
import { type DiagnosisCase, prepareCases, slugOf } from './diagnosis-cases.ts';
import { watchEvidence } from './first-evidence.ts';
import { printResult } from './result.ts';

const good = Number(process.argv[2] ?? 500);
/** Under way, nearly all of the time watched for their calm; few of them are asked for at the same moment. */
const atOnce = 128;
const askedAtOnce = 6;
const podsPerNode = 80;
const goal = { right: 14, seconds: 10, falseShare: 0.02 };
const underWay = ['planning', 'queued', 'rolling'];

/**
 * Each of the 15 classes put into a real cluster by a release of somebody who errs: is the first verdict the right one,
 * and how long after the cluster showed its evidence does it come; what is named before anything is written counts from
 * the start of its release. Then good rollouts, half of them over an older revision, some slow to
 * get ready, some of several pods: none may be called bad at any time. Baseline: the number of classes.
 */
const started = Date.now();
const say = (what: string) =>
  process.stdout.write(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s  ${what}\n`);
const bench = await startDeliveryFleet({ clusters: 1, nodes: Math.ceil(good / podsPerNode) + 2 });
const [cluster] = bench.clusters as [Cluster];
const { owner, database } = bench;
/** Applications that have had their first release, by name. */
const made = new Map<string, Deployed>();
try {
  await bench.startWorker();
  const warm = await release('warm-up', webManifests('warm-up'));
  await waitFor('the warm-up', () => isOver(warm), { timeoutMs: 120_000 });
  const cases = await prepareCases(cluster);
  say(`${cases.length} causes`);
  const evidence = watchEvidence(cluster, benchNamespace);
  const rows: { code: string; said: string; tookS: number }[] = [];
  await Promise.all(
    cases.map(async (each) => {
      const { said, tookS } = await inject(each, evidence);
      rows.push({ code: each.code, said, tookS });
      say(`${each.code} is told as ${said}, ${tookS.toFixed(1)} s after its evidence`);
    }),
  );
  await evidence.stop();

  say(`${good} good rollouts, ${atOnce} at a time`);
  let done = 0;
  const bad: string[] = [];
  const asking = createTurns(askedAtOnce);
  const rollOut = async (name: string, manifests: string) => {
    const id = await asking(() => release(name, manifests));
    await waitFor(`good release ${name}`, () => isOver(id), { timeoutMs: 300_000, everyMs: 1000 });
    const told = await toldBad(id);
    if (told !== undefined) bad.push(`${name}: ${told}`);
    done += 1;
    if (done % 50 === 0) say(`${done} of ${good} good rollouts, ${bad.length} called bad`);
  };
  await eachOf([...Array(Math.ceil(good / 2)).keys()], atOnce, async (index) => {
    const name = `good-${index}`;
    const annotations = index % 4 === 0 ? { annotations: { [readyAfterAnnotation]: '12s' } } : {};
    const options = { ...annotations, replicas: index % 5 === 0 ? 3 : 1 };
    await rollOut(name, webManifests(name, options));
    if (2 * index + 1 < good)
      await rollOut(name, webManifests(name, { ...options, image: 'registry.example.com/bench/web:2' }));
  });

  for (const { code, said, tookS } of rows)
    process.stdout.write(`${code.padEnd(26)}${said.padEnd(26)}${tookS.toFixed(1).padStart(6)} s after its evidence\n`);
  process.stdout.write(`${bad.length} of ${good} good rollouts called bad\n${bad.map((line) => `${line}\n`).join('')}`);
  const right = rows.filter(({ code, said }) => code === said).length;
  const slowestS = Math.round(Math.max(...rows.map(({ tookS }) => tookS)) * 10) / 10;
  printResult({
    figure: 'diagnosis',
    value: right,
    unit: 'count',
    baseline: cases.length,
    goal: goal.right,
    ok: right >= goal.right && slowestS <= goal.seconds && bad.length < good * goal.falseShare,
    more: { slowestS, goalS: goal.seconds, good, bad: bad.length, tookS: Math.round((Date.now() - started) / 1000) },
  });
} finally {
  await bench.stop();
}

/** Lets so many of them work at the same time, the others wait their turn. */
function createTurns(most: number) {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (inside >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else inside += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}

/** Brings a cause about and waits for the first verdict on it. */
async function inject(
  { code, before = [], spoil, release: last }: DiagnosisCase,
  evidence: ReturnType<typeof watchEvidence>,
) {
  const name = slugOf(code);
  const ids: string[] = [];
  for (const manifests of before) {
    const id = await release(name, manifests);
    await waitFor(`${name} to begin with`, () => isOver(id), { timeoutMs: 180_000, everyMs: 500 });
    const told = await toldBad(id);
    if (told !== undefined) throw new Error(`${name} did not even begin: ${told}`);
    ids.push(id);
  }
  await spoil?.();
  const id =
    last === 'back'
      ? (await owner.call(rollbackRelease, { params: { id: ids[0] ?? '' }, body: { reason: 'bench' } })).id
      : await release(name, last);
  await waitFor(`a verdict on ${name}`, async () => (await isOver(id)) || (await verdictOf(id)) !== undefined, {
    timeoutMs: 180_000,
    everyMs: 100,
  });
  const told = await verdictOf(id);
  const shownAt = evidence.of(name) ?? told?.startedAt ?? 0;
  return { said: told?.code ?? 'nothing', tookS: ((told?.at ?? Date.now()) - shownAt) / 1000 };
}

/** A release of an application, which is made with its first. */
async function release(name: string, manifests: string): Promise<string> {
  const known = made.get(name);
  if (known === undefined) {
    const deployed = await bench.deploy(name, cluster, { template: 'raw', parameters: { manifests } });
    made.set(name, deployed);
    return deployed.releaseId;
  }
  const { applicationId, environmentId } = known;
  const body = {
    ...{ applicationId, environmentId, templateVersionId: bench.template('raw'), images: {} },
    parameters: { manifests },
  };
  return (await owner.call(createRelease, { body })).id;
}

/** What a release was told to fail of, when it was written down, and when the release started, ms since the epoch. */
async function verdictOf(id: string): Promise<{ code: string; at: number; startedAt: number } | undefined> {
  const { rows } = await database.pool.query<{ code: string | null; ended_at: Date | null; started_at: Date }>(
    `SELECT x.verdict->>'code' AS code, x.ended_at, r.started_at FROM release r JOIN target_run x ON x.release_id = r.id
     WHERE r.id = $1`,
    [toUuid(id)],
  );
  const [row] = rows;
  if (row?.code == null) return undefined;
  return { code: row.code, at: row.ended_at?.getTime() ?? Date.now(), startedAt: row.started_at.getTime() };
}

/** Asks PostgreSQL: hundreds that wait must not be the load. */
async function isOver(id: string): Promise<boolean> {
  const { rows } = await database.pool.query<{ state: string }>('SELECT state FROM release WHERE id = $1', [
    toUuid(id),
  ]);
  return !underWay.includes(rows[0]?.state ?? '');
}

/** The state and the verdict of a release that did not simply succeed. */
async function toldBad(id: string): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ state: string; verdict: { summary: string } | null }>(
    'SELECT r.state, x.verdict FROM release r JOIN target_run x ON x.release_id = r.id WHERE r.id = $1',
    [toUuid(id)],
  );
  const told = rows.find(({ state, verdict }) => state !== 'succeeded' || verdict !== null);
  return told === undefined ? undefined : `${told.state}, ${told.verdict?.summary ?? 'without a word'}`;
}
