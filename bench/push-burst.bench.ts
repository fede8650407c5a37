import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '@quarterdeck/testing';
import { pipelineEvent, pushEnvelopes } from '../apps/api/src/features/pipelines/events/payloads.fixture.ts';
import { signed } from '../apps/api/src/features/pipelines/pipelines.fixture.ts';
import { paced, printTimes, startPipelineServer } from './pipeline-server.ts';
import { percentile, printResult } from './result.ts';

const events = Number(process.argv[2] ?? 2000);
const burstMs = 10_000;
const goalMs = 200;
const settleMs = 120_000;
const seed = 25;

/**
 * F25: image pushes and the pipelines that built them, half and half, a fifth of them sent twice and all of them out of
 * order, over HTTP in ten seconds: how fast each is acknowledged, and what goes out. Releases end as soon as they start,
 * so that nothing but their order holds the next one up. Baseline: /healthz at the same pace.
 */
const bench = await startPipelineServer();
const { database, shop, gitlab, registry } = bench;
await bench.addTrigger();

/** Each has an image and a pipeline, and every fifth has both twice: 12 events for 5. */
const commits = Math.floor((events * 5) / 12);
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const digestOf = (n: number) => `sha256:${hash(`image ${n}`)}`;
const sent = Array.from({ length: commits }, (_, n) => {
  const sha = hash(`commit ${n}`).slice(0, 40);
  const built = pipelineEvent({ id: 10_000 + n, sha });
  const image = pushEnvelopes({ digest: digestOf(n), tag: sha, repository: 'shop/web' }).at(-1) ?? {};
  const pushed = { path: registry.path, body: image, headers: { authorization: `Bearer ${registry.secret}` } };
  const done = { path: gitlab.path, body: built, headers: signed(gitlab.secret, built) };
  return n % 5 === 0 ? [pushed, pushed, done, done] : [pushed, done];
}).flat();
const random = createRandom(seed);
const shuffled = sent
  .map((event) => ({ event, at: random() }))
  .toSorted((a, b) => a.at - b.at)
  .map(({ event }) => event);

const baseline = await paced(shuffled.length, burstMs, () => bench.get('/healthz'));
let isOver = false;
const ending = (async () => {
  while (!isOver) {
    await shop.finish('succeeded');
    await wait(250);
  }
})();
const acknowledged = await paced(shuffled.length, burstMs, (n) => {
  const { path, body, headers } = shuffled[n] as (typeof shuffled)[number];
  return bench.send(path, body, headers);
});
const acknowledgedAt = performance.now();
const open = new Set(['waiting', 'settling', 'queued']);
const rows = async () =>
  (
    await database.pool.query<{ digest: string; state: string; release_id: string | null }>(
      'SELECT digest, state, release_id FROM candidate',
    )
  ).rows;
const isSettled = async () => {
  const found = await rows();
  const newest = found.find(({ digest }) => digest === digestOf(commits - 1));
  return newest?.release_id != null && found.length === commits && found.every(({ state }) => !open.has(state));
};
while (!(await isSettled()) && performance.now() - acknowledgedAt < settleMs) await wait(200);
const settledS = Math.round((performance.now() - acknowledgedAt) / 100) / 10;
isOver = true;
await ending;
const candidates = await rows();
const released = candidates.filter(({ release_id }) => release_id !== null);
const [last] = await shop.releases();
const newestWins = last?.images.main?.reference.endsWith(digestOf(commits - 1)) === true;
const twice = released.length - new Set(released.map(({ digest }) => digest)).size;
const states = Map.groupBy(candidates, ({ state }) => state);

await bench.stop();

printTimes({ '/healthz at the same pace': baseline, 'event acknowledged': acknowledged });
process.stdout.write(
  `${shuffled.length} events of ${commits} commits (seed ${seed}): ${candidates.length} candidates, ${[...states].map(([state, of]) => `${of.length} ${state}`).join(', ')}; settled ${settledS} s after the last; the newest ${newestWins ? 'is out' : 'is NOT out'}\n`,
);
const p99 = Math.round(percentile(acknowledged, 0.99) * 10) / 10;
printResult({
  figure: 'push-burst',
  value: p99,
  unit: 'ms',
  baseline: Math.round(percentile(baseline, 0.99) * 10) / 10,
  goal: goalMs,
  ok: p99 <= goalMs && newestWins && twice === 0 && candidates.length === commits,
  more: { events: shuffled.length, commits, candidates: candidates.length, released: released.length, twice, settledS },
});
