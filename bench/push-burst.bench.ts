import { createHash, randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestDatabase, startTestPostgres } from '@quarterdeck/database/testing';
import { createRandom } from '@quarterdeck/testing';
import { createApp } from '../apps/api/src/app.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import { pipelineEvent, pushEnvelopes } from '../apps/api/src/features/pipelines/events/payloads.fixture.ts';
import {
  createShop,
  makeHook,
  signed,
  silentPort,
  startWork,
} from '../apps/api/src/features/pipelines/pipelines.fixture.ts';
import { newKeyringText, parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { claimAsOwner, type TestApp } from '../apps/api/src/testing/test-app.ts';
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
const { postgres, server } = await startTestPostgres();
const database = await createTestDatabase(postgres);
const composition = await compose({
  config: { ...parseConfig({}, []), clusterAddressAllow: [`127.0.0.1/32:${silentPort}`] },
  database,
  keyring: parseKeyring(newKeyringText(randomBytes, 'bench')),
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
  ...{ kind: 'gitlab', projectId: shop.projectId, name: 'gitlab' },
  url: `https://127.0.0.1:${silentPort}`,
});
const gitlab = await makeHook(shop, { source: 'gitlab', name: 'gitlab', connectionId });
const registry = await makeHook(shop, {
  ...{ source: 'distribution', name: 'registry' },
  registry: `127.0.0.1:${silentPort}`,
});
await shop.call('POST', '/deploy-triggers', {
  ...{ applicationId: shop.applicationId, environmentId: shop.environmentId, connectionId, gitlabProjectId: 22 },
  ...{ repository: `127.0.0.1:${silentPort}/shop/web`, requires: 'build_and_image' },
});

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

const baseline = await paced(() => fetch(`${origin}/healthz`));
let isOver = false;
const ending = (async () => {
  while (!isOver) {
    await shop.finish('succeeded');
    await wait(250);
  }
})();
const acknowledged = await paced((n) => {
  const { path, body, headers } = shuffled[n] as (typeof shuffled)[number];
  return fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
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
row('/healthz at the same pace', baseline);
row('event acknowledged', acknowledged);
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

/** Sends at the pace, whether or not the ones before have been answered; times are from the moment each was due. */
async function paced(ask: (n: number) => Promise<Response>): Promise<number[]> {
  const started = performance.now();
  return Promise.all(
    shuffled.map(async (_, n) => {
      const due = started + (n * burstMs) / shuffled.length;
      await wait(Math.max(0, due - performance.now()));
      const response = await ask(n);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`answered ${response.status}`);
      return performance.now() - due;
    }),
  );
}
