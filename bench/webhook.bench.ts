import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '@quarterdeck/testing';
import { mutated } from '../apps/api/src/features/pipelines/events/mutated-body.fixture.ts';
import { commitA, pipelineEvent, pushEnvelopes } from '../apps/api/src/features/pipelines/events/payloads.fixture.ts';
import { signed } from '../apps/api/src/features/pipelines/pipelines.fixture.ts';
import { paced, printTimes, startPipelineServer } from './pipeline-server.ts';
import { percentile, printResult } from './result.ts';

const perSecond = 100;
const seconds = 10;
const pushes = 20;
const goalMs = 50;
/** `--mutants N` sends so many mutated bodies on top; 50,000 for the record, none by default. */
const mutants = Number(process.argv[process.argv.indexOf('--mutants') + 1] ?? 0) || 0;

/**
 * From the acknowledgement of an event to the release that it makes: signed events of GitLab at 100 a second over HTTP,
 * then pushes of an image with its pipeline, each to its release, and each alone: the two seconds in which a place rests
 * after a release have passed. Baseline: the same server answering /healthz, which asks PostgreSQL once.
 */
const bench = await startPipelineServer();
const { app, database, shop, gitlab, registry, send } = bench;

const events = perSecond * seconds;
const baseline = await paced(events, seconds * 1000, () => bench.get('/healthz'));
const acknowledged = await paced(events, seconds * 1000, (n) => {
  const event = pipelineEvent({ id: 10_000 + n, sha: commitOf(n) });
  return send(gitlab.path, event, signed(gitlab.secret, event));
});
const released = await measureReleases();
const statuses = await sendMutants();

await bench.stop();

printTimes({
  [`/healthz at ${perSecond}/s`]: baseline,
  [`event acknowledged at ${perSecond}/s`]: acknowledged,
  'receipt to release': released,
});
if (mutants > 0) process.stdout.write(`${mutants} mutated bodies: ${JSON.stringify(Object.fromEntries(statuses))}\n`);
const rounded = (value: number) => Math.round(value * 10) / 10;
const failures = [...statuses].filter(([status]) => status >= 500).reduce((sum, [, count]) => sum + count, 0);
const ackP99 = rounded(percentile(acknowledged, 0.99));
printResult({
  figure: 'webhook',
  value: ackP99,
  unit: 'ms',
  baseline: rounded(percentile(baseline, 0.99)),
  goal: goalMs,
  ok: ackP99 <= goalMs && failures === 0,
  more: {
    releaseP95Ms: rounded(percentile(released, 0.95)),
    mutants,
    mutantFailures: failures,
  },
});

function commitOf(n: number): string {
  return `${createHash('sha256').update(String(n)).digest('hex').slice(0, 32)}${commitA.slice(32)}`;
}

/** Pushes one after the other: image, pipeline, and then until the release is there. */
async function measureReleases(): Promise<number[]> {
  await bench.addTrigger();
  const times: number[] = [];
  for (let n = 0; n < pushes; n += 1) {
    const sha = commitOf(1_000_000 + n);
    const digest = `sha256:${createHash('sha256').update(randomUUID()).digest('hex')}`;
    const image = pushEnvelopes({ digest, tag: sha, repository: 'shop/web' }).at(-1) ?? {};
    const event = pipelineEvent({ id: 900_000 + n, sha });
    const started = performance.now();
    await send(registry.path, image, { authorization: `Bearer ${registry.secret}` });
    await send(gitlab.path, event, signed(gitlab.secret, event));
    for (;;) {
      const { rows } = await database.pool.query('SELECT FROM candidate WHERE digest = $1 AND release_id IS NOT NULL', [
        digest,
      ]);
      if (rows.length > 0) break;
      if (performance.now() - started > 30_000) throw new Error('A push has not become a release in 30 s.');
      await wait(10);
    }
    times.push(performance.now() - started);
    await shop.finish('succeeded');
  }
  return times;
}

/** Mutated bodies of every sender, most of them verified: what counts is that none makes the server fail. */
async function sendMutants(): Promise<Map<number, number>> {
  const random = createRandom(41);
  const counts = new Map<number, number>();
  const samples = [pipelineEvent(), pushEnvelopes().at(-1) ?? {}].map((body) => JSON.stringify(body));
  const one = async (n: number) => {
    const body = mutated(samples[n % samples.length] ?? '', random);
    const hook = n % 2 === 0 ? gitlab : registry;
    const proof = hook === gitlab ? signed(hook.secret, body) : { authorization: `Bearer ${hook.secret}` };
    const response = await app.inject({
      method: 'POST',
      url: hook.path,
      payload: body,
      headers: { 'content-type': 'application/json', ...(n % 10 === 0 ? {} : proof) },
    });
    counts.set(response.statusCode, (counts.get(response.statusCode) ?? 0) + 1);
  };
  for (let n = 0; n < mutants; n += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => one(n + k)));
  return counts;
}
