import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestDatabase, startTestPostgres } from '@quarterdeck/database/testing';
import { createRandom } from '@quarterdeck/testing';
import { createApp } from '../apps/api/src/app.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import { mutated } from '../apps/api/src/features/pipelines/events/mutated-body.fixture.ts';
import { commitA, pipelineEvent, pushEnvelopes } from '../apps/api/src/features/pipelines/events/payloads.fixture.ts';
import {
  createShop,
  makeHook,
  type Shop,
  signed,
  silentPort,
  startWork,
} from '../apps/api/src/features/pipelines/pipelines.fixture.ts';
import { newKeyringText, parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { claimAsOwner, type TestApp } from '../apps/api/src/testing/test-app.ts';
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
const { postgres, server } = await startTestPostgres();
const database = await createTestDatabase(postgres);
const config = { ...parseConfig({}, []), clusterAddressAllow: [`127.0.0.1/32:${silentPort}`] };
const keyring = parseKeyring(newKeyringText(randomBytes, 'bench'));
const composition = await compose({
  config,
  database,
  keyring,
  logger: createLogger({ level: 'silent' }),
  signInFloorMs: 0,
});
const app = await createApp(composition);
await app.listen({ host: '127.0.0.1', port: 0 });
const origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
const test: TestApp = { app, database, composition, logged: [], close: () => app.close() };
const owner = await claimAsOwner(test);
const work = startWork(test);
const shop = await createShop(test, owner);
const { id: connectionId } = await shop.call('POST', '/pipeline-connections', {
  kind: 'gitlab',
  projectId: shop.projectId,
  name: 'gitlab',
  url: `https://127.0.0.1:${silentPort}`,
});
const gitlab = await makeHook(shop, { source: 'gitlab', name: 'gitlab', connectionId });
const registry = await makeHook(shop, {
  source: 'distribution',
  name: 'registry',
  registry: `127.0.0.1:${silentPort}`,
});

const baseline = await paced(() => fetch(`${origin}/healthz`));
const acknowledged = await paced((n) => {
  const event = pipelineEvent({ id: 10_000 + n, sha: commitOf(n) });
  return send(gitlab.path, event, signed(gitlab.secret, event));
});
const released = await measureReleases(shop);
const statuses = await sendMutants();

await work.stop();
await app.close();
await composition.connections.close();
await database.drop();
await server.stop();

const row = (name: string, times: readonly number[]) =>
  process.stdout.write(
    `${name.padEnd(34)}${[0.5, 0.95, 0.99, 1].map((share) => percentile(times, share).toFixed(1).padStart(10)).join('')}\n`,
  );
process.stdout.write(`${' '.repeat(34)}  p50, ms   p95, ms   p99, ms   max, ms\n`);
row(`/healthz at ${perSecond}/s`, baseline);
row(`event acknowledged at ${perSecond}/s`, acknowledged);
row('receipt to release', released);
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

/** Sends at the pace, whether or not the ones before have been answered; times are from the moment each was due. */
async function paced(ask: (n: number) => Promise<Response>): Promise<number[]> {
  const started = performance.now();
  const answers = Array.from({ length: perSecond * seconds }, async (_, n) => {
    const due = started + (n * 1000) / perSecond;
    await wait(Math.max(0, due - performance.now()));
    const response = await ask(n);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`answered ${response.status}`);
    return performance.now() - due;
  });
  return Promise.all(answers);
}

function send(path: string, body: object | Buffer, headers: Record<string, string>): Promise<Response> {
  return fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.isBuffer(body) ? Uint8Array.from(body) : JSON.stringify(body),
  });
}

function commitOf(n: number): string {
  return `${createHash('sha256').update(String(n)).digest('hex').slice(0, 32)}${commitA.slice(32)}`;
}

/** Pushes one after the other: image, pipeline, and then until the release is there. */
async function measureReleases(of: Shop): Promise<number[]> {
  const repository = `127.0.0.1:${silentPort}/shop/web`;
  await of.call('POST', '/deploy-triggers', {
    applicationId: of.applicationId,
    environmentId: of.environmentId,
    repository,
    requires: 'build_and_image',
    connectionId,
    gitlabProjectId: 22,
  });
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
    await of.finish('succeeded');
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
