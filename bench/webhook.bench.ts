import { getRelease } from '@quarterdeck/contracts';
import { type Cluster, waitFor } from '@quarterdeck/testing';
import { pipelineEvent, pushEnvelopes } from '../apps/api/src/features/pipelines/events/payloads.fixture.ts';
import { signed } from '../apps/api/src/features/pipelines/pipelines.fixture.ts';
import { benchNamespace, type Deployed, eachOf } from './delivery-fleet.ts';
import { webManifests } from './delivery-manifests.ts';
import { paced, printTimes } from './pipeline-server.ts';
import { commitOf, startPushingFleet } from './pushing-fleet.ts';
import { percentile, printResult } from './result.ts';

const perSecond = 100;
const seconds = 10;
/** Each to a place of its own: one that was deployed to a moment ago rests for two seconds. */
const pushes = Number(process.argv[2] ?? 60);
const goalWriteMs = 1000;
const goalAckMs = 50;
const goalAckTwiceMs = 200;

/**
 * From an image push with its pipeline to the first write in a real cluster, by the audit logs of three API servers: half
 * of the pushes alone, half while signed events of GitLab come in at 100 a second; and how fast those are acknowledged:
 * alone, twice as many, and beside the rollouts that the pushes lead to, whose controllers share the cores. Registry and
 * GitLab answer, so digest and build are confirmed on the way. Baselines: the same Deployments applied directly by the
 * administrator, and /healthz at the same pace.
 */
type App = Deployed & { slug: string; cluster: Cluster; project: number };
const bench = await startPushingFleet({ nodes: 1 });
const { clusters, owner, database, hooks, gitlab, registry, server } = bench;
try {
  await bench.startWorker();
  const apps = await deployAll();
  process.stdout.write(`${pushes} web services stand in ${clusters.length} clusters\n`);

  const health = await paced(perSecond * seconds, seconds * 1000, () => fetch(`${server.origin}/healthz`));
  const calm = await paced(perSecond * seconds, seconds * 1000, sendNoise);
  const twice = await paced(2 * perSecond * seconds, seconds * 1000, (n) => sendNoise(10_000 + n));
  const half = Math.ceil(pushes / 2);
  const alone = await pushTo(apps.slice(0, half));
  let acknowledged: number[] = [];
  const noise = (async () => {
    acknowledged = await paced(perSecond * seconds, seconds * 1000, (n) => sendNoise(20_000 + n));
  })();
  const beside = await pushTo(apps.slice(half));
  await noise;

  const writes = (await bench.writes()).filter(({ user, status }) => user === 'quarterdeck:deployer' && status < 300);
  const firstWrites = (all: readonly Pushed[]) =>
    all.map(({ app, sentAt }) => {
      const own = writes.filter(
        ({ cluster, name, answeredAt }) =>
          cluster === app.cluster.name && name.includes(app.slug) && answeredAt >= sentAt,
      );
      if (own.length === 0) throw new Error(`Nothing of ${app.slug} was written in ${app.cluster.name}.`);
      return Math.min(...own.map(({ answeredAt }) => answeredAt)) - sentAt;
    });
  const released = (all: readonly Pushed[]) => all.map(({ sentAt, releasedAt }) => releasedAt - sentAt);
  const direct = await writeDirectly(apps);

  printTimes({
    [`/healthz at ${perSecond}/s`]: health,
    [`event acknowledged at ${perSecond}/s`]: calm,
    [`… at ${2 * perSecond}/s`]: twice,
    [`… at ${perSecond}/s beside rollouts`]: acknowledged,
    'the same object written directly': direct,
    'receipt to release': released(alone),
    'receipt to first write': firstWrites(alone),
    [`… beside ${perSecond} events/s`]: firstWrites(beside),
  });
  const rounded = (value: number) => Math.round(value * 10) / 10;
  const ackP99 = rounded(percentile(calm, 0.99));
  const ackTwiceP99 = rounded(percentile(twice, 0.99));
  const writeP95 = rounded(percentile([...firstWrites(alone), ...firstWrites(beside)], 0.95));
  printResult({
    figure: 'webhook',
    value: writeP95,
    unit: 'ms',
    baseline: rounded(percentile(direct, 0.95)),
    goal: goalWriteMs,
    ok: writeP95 <= goalWriteMs && ackP99 <= goalAckMs && ackTwiceP99 <= goalAckTwiceMs,
    more: {
      pushes,
      aloneP95Ms: rounded(percentile(firstWrites(alone), 0.95)),
      besideP95Ms: rounded(percentile(firstWrites(beside), 0.95)),
      releaseP95Ms: rounded(percentile(released(alone), 0.95)),
      ackP99Ms: ackP99,
      ackTwiceP99Ms: ackTwiceP99,
      ackBesideP99Ms: rounded(percentile(acknowledged, 0.99)),
      healthP99Ms: rounded(percentile(health, 0.99)),
    },
  });

  async function deployAll(): Promise<App[]> {
    const made: App[] = [];
    await eachOf([...Array(pushes).keys()], 6, async (index) => {
      const slug = `web-${String(index).padStart(3, '0')}`;
      const cluster = clusters[index % clusters.length] as Cluster;
      registry.push(`shop/${slug}`, '0.9.0', { n: slug });
      const images = { main: `${registry.host}/shop/${slug}:0.9.0` };
      const deployed = await bench.deploy(slug, cluster, {
        template: 'web-service',
        images,
        parameters: { replicas: 1 },
      });
      const app = { ...deployed, slug, cluster, project: 1000 + index };
      await bench.addTrigger(app, `shop/${slug}`, app.project);
      made.push(app);
    });
    await waitFor(
      'all to stand',
      async () => {
        const states = await Promise.all(
          made.map(async ({ releaseId }) => (await owner.call(getRelease, { params: { id: releaseId } })).state),
        );
        return states.every((state) => state === 'succeeded');
      },
      { timeoutMs: 180_000, everyMs: 1000 },
    );
    return made.toSorted((a, b) => a.project - b.project);
  }

  type Pushed = { app: App; sentAt: number; releasedAt: number };

  /** One after the other; times are by the clock that PostgreSQL and the API servers share with us, ms since 1970. */
  async function pushTo(all: readonly App[]): Promise<Pushed[]> {
    const done: Pushed[] = [];
    for (const app of all) {
      const { slug, project } = app;
      const sha = commitOf(project);
      const repository = `shop/${slug}`;
      const digest = registry.push(repository, sha, { n: `${slug} again` });
      gitlab.pipelines.set(`${project}/${project}`, { sha, ref: 'main', source: 'push', status: 'success' });
      gitlab.branches.set(`${project}/main`, true);
      const image = pushEnvelopes({ digest, tag: sha, repository }).at(-1) ?? {};
      const event = ofProject(project, { id: project, sha });
      const sentAt = Date.now();
      const { distribution } = hooks;
      await bench.send(distribution.path, image, { authorization: `Bearer ${distribution.secret}` });
      await bench.send(hooks.gitlab.path, event, signed(hooks.gitlab.secret, event));
      const releasedAt = await waitFor(
        `${slug} to be written`,
        async () => {
          const { rows } = await database.pool.query<{ at: Date }>(
            `SELECT r.created_at AS at FROM candidate c JOIN release r ON r.id = c.release_id
               JOIN target_run run ON run.release_id = r.id WHERE c.digest = $1 AND run.applied_at IS NOT NULL`,
            [digest],
          );
          return rows[0]?.at.getTime();
        },
        { timeoutMs: 60_000, everyMs: 20 },
      );
      done.push({ app, sentAt, releasedAt });
    }
    return done;
  }

  /** A build whose image never comes. */
  function sendNoise(n: number): Promise<Response> {
    const event = ofProject(1000 + (n % pushes), { id: 100_000 + n, sha: commitOf(100_000 + n) });
    return bench.send(hooks.gitlab.path, event, signed(hooks.gitlab.secret, event));
  }

  function ofProject(id: number, attributes: Record<string, unknown>): Record<string, unknown> {
    const { project, ...event } = pipelineEvent(attributes);
    return { ...event, project: { ...(project as object), id } };
  }

  async function writeDirectly(all: readonly App[]): Promise<number[]> {
    const times: number[] = [];
    for (const { slug, cluster } of all) {
      const name = `direct-${slug}`;
      const [deployment = ''] = webManifests(name).split('\n---\n');
      const path = `/apis/apps/v1/namespaces/${benchNamespace}/deployments/${name}?fieldManager=bench`;
      const startedAt = performance.now();
      await cluster.request('PATCH', path, deployment, { contentType: 'application/apply-patch+yaml' });
      times.push(performance.now() - startedAt);
    }
    return times;
  }
} finally {
  await bench.stop();
}
