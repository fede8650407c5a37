import { setTimeout as wait } from 'node:timers/promises';
import { startChannel } from '../apps/api/src/features/pipelines/channel-server.fixture.ts';
import { startGitLabServer } from '../apps/api/src/features/pipelines/gitlab-server.fixture.ts';
import { silentPort } from '../apps/api/src/features/pipelines/pipelines.fixture.ts';
import { printTimes, startPipelineServer } from './pipeline-server.ts';
import { commitOf } from './pushing-fleet.ts';
import { percentile, printResult } from './result.ts';

/** How long GitLab is away; an hour is `npm run bench -- outage 3600 1000`. */
const seconds = Number(process.argv[2] ?? 60);
const commits = Number(process.argv[3] ?? 200);
const goalSeconds = 300;

/**
 * F26: GitLab hangs up on everybody while releases go on: how long until it has been told all of it after it is back, in
 * order, nothing lost and nothing twice; and how soon a channel is told meanwhile. Baseline: that channel while all is well.
 */
const accessToken = 'glpat-bench';
const [gitlab, channel] = await Promise.all([startGitLabServer(accessToken), startChannel()]);
const bench = await startPipelineServer({
  gitlab: { ...gitlab, accessToken },
  ports: [gitlab.port, channel.port],
});
const { database, shop } = bench;
await shop.call('POST', '/pipeline-connections', {
  kind: 'webhook',
  projectId: shop.projectId,
  name: 'channel',
  url: channel.url,
  caPem: channel.caPem,
  events: ['succeeded'],
});
// The calls are a person's: what a build of this GitLab would have said is put beside each as it comes.
await database.asSuperuser(`CREATE FUNCTION as_built() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    NEW.connection_id := (SELECT id FROM pipelines_connection WHERE kind = 'gitlab');
    NEW.gitlab_project_id := 22; NEW.ref := 'main'; NEW.ref_type := 'branch'; RETURN NEW; END $$;
  CREATE TRIGGER as_built BEFORE INSERT OR UPDATE ON candidate FOR EACH ROW EXECUTE FUNCTION as_built()`);

const before = await releases(0, 20, 0);
gitlab.failWith(0);
const awayAt = performance.now();
const meanwhile = await releases(20, commits, seconds * 1000);
await wait(Math.max(0, awayAt + seconds * 1000 - performance.now()));
gitlab.asked.length = 0;
gitlab.failWith(undefined);
const backAt = performance.now();
const open = async () =>
  (await database.pool.query("SELECT FROM outbound_effect WHERE state = 'pending'")).rowCount ?? 0;
const backlog = await open();
while ((await open()) > 0 && performance.now() - backAt < 2 * goalSeconds * 1000) await wait(100);
const drainedS = Math.round((performance.now() - backAt) / 100) / 10;

const shas = Array.from({ length: commits }, (_, n) => commitOf(20 + n));
const told = Map.groupBy(
  gitlab.asked.filter(({ method, path }) => method === 'POST' && path.includes('/statuses/')),
  ({ path }) => path.slice(path.lastIndexOf('/') + 1),
);
const order = ['pending', 'running', 'success'];
const statesOf = (sha: string) => (told.get(sha) ?? []).map(({ body }) => String(body.state));
const lost = shas.filter(
  (sha) => statesOf(sha).at(-1) !== 'success' || !gitlab.deployments.some((each) => each.sha === sha),
).length;
// A release that is over before it was seen to run says so at once; none goes back, and none says a thing twice.
const disordered = shas.filter((sha) => {
  const places = statesOf(sha).map((state) => order.indexOf(state));
  return places.some((place, index) => index > 0 && place <= (places[index - 1] ?? -1));
}).length;
const twice = gitlab.deployments.length - new Set(gitlab.deployments.map(({ sha }) => sha)).size;

await bench.stop();
await Promise.all([gitlab.close(), channel.close()]);

printTimes({ 'channel told, all well': before, 'channel told, GitLab away': meanwhile });
process.stdout.write(
  `${seconds} s away, ${backlog} messages waited, all told ${drainedS} s after it was back; ${lost} commits without their end, ${disordered} commits out of order, ${twice} deployments twice\n`,
);
const p95 = (times: readonly number[]) => Math.round(percentile(times, 0.95) * 10) / 10;
printResult({
  figure: 'outage',
  value: drainedS,
  unit: 's',
  baseline: Math.round(p95(before)) / 1000,
  goal: goalSeconds,
  ok: drainedS <= goalSeconds && lost === 0 && disordered === 0 && twice === 0 && backlog > 0,
  more: { seconds, commits, backlog, lost, disordered, twice, channelP95Ms: p95(meanwhile), wellP95Ms: p95(before) },
});

/** Releases of so many commits, spread over a time, each until the channel heard that it is healthy; ms of that. */
async function releases(from: number, count: number, overMs: number): Promise<number[]> {
  const startedAt = performance.now();
  const times: number[] = [];
  for (let n = from; n < from + count; n += 1) {
    await wait(Math.max(0, startedAt + ((n - from) * overMs) / count - performance.now()));
    const sha = commitOf(n);
    const digest = `sha256:${sha.padEnd(64, '0')}`;
    await shop.call('POST', '/ci-deployments', {
      application: `${shop.project}/web`,
      environment: shop.environment,
      images: { main: `127.0.0.1:${silentPort}/shop/web@${digest}` },
      commit: sha,
    });
    const heard = channel.messages.length;
    const finishedAt = performance.now();
    await shop.finish('succeeded');
    while (channel.messages.length === heard) {
      if (performance.now() - finishedAt > 60_000) throw new Error(`The channel heard nothing of ${sha}.`);
      await wait(5);
    }
    times.push(performance.now() - finishedAt);
  }
  return times;
}
