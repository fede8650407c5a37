import { setTimeout as wait } from 'node:timers/promises';
import { createRelease } from '@quarterdeck/contracts';
import {
  type Cluster,
  createRandom,
  type FaultProxy,
  refuse,
  sayText,
  startFaultProxy,
  waitFor,
} from '@quarterdeck/testing';
import { type Deployed, eachOf, startDeliveryFleet } from './delivery-fleet.ts';
import { configManifest, together, webManifests } from './delivery-manifests.ts';
import { printResult } from './result.ts';

const count = Number(process.argv[2] ?? 24);
const faultMs = 9000;
const skewMs = 600_000;

/**
 * Deletes that nobody asked for, by the API servers' own audit logs, while releases of the same objects go out under
 * faults: PostgreSQL lost again and again, lists that say there is nothing, a credential that is refused, and a worker
 * whose clock is ten minutes off. A fault under which nothing was written shows nothing, and fails the bench. Baseline:
 * the writes while the faults were on. At the end everything is there; then applications ask for one delete each, which the
 * same count has to see.
 */
const proxies: FaultProxy[] = [];
const bench = await startDeliveryFleet({
  nodes: 2,
  through: async (cluster) => {
    const proxy = await startFaultProxy(cluster);
    proxies.push(proxy);
    return proxy;
  },
});
const { clusters, owner, postgres, database } = bench;
try {
  let worker = await bench.startWorker();
  // Every fourth runs pods, whose calm of 30 s no fault waits for; the others are over once they are written.
  const apps = Array.from({ length: count }, (_, index) => (index % 4 === 0 ? `web-${index}` : `config-${index}`));
  const made = new Map<string, Deployed>();
  const stays = (slug: string, version: number) =>
    slug.startsWith('web-')
      ? webManifests(slug, { image: `registry.example.com/bench/web:${version}` })
      : together([
          { apiVersion: 'v1', kind: 'Service', metadata: { name: slug }, spec: { ports: [{ port: 80 }] } },
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `${slug}-kept` }, data: { version: `${version}` } },
        ]);
  const manifests = (slug: string, version: number) => `${stays(slug, version)}\n---\n${configManifest(slug)}`;
  await eachOf([...apps.entries()], 6, async ([index, slug]) => {
    const cluster = clusters[index % clusters.length] as Cluster;
    made.set(
      slug,
      await bench.deploy(slug, cluster, { template: 'raw', parameters: { manifests: manifests(slug, 1) } }),
    );
  });
  await settled();

  const empty = sayText(
    JSON.stringify({ kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '999999' }, items: [] }),
  );
  const unauthorized = refuse(401, { reason: 'Unauthorized', message: 'Unauthorized' });
  const isList = ({ method, path, isWatch }: { method: string; path: string; isWatch: boolean }) =>
    method === 'GET' &&
    !isWatch &&
    /\/namespaces\/[^/]+\/[a-z]+$|\/api\/v1\/[a-z]+$|\/apis\/[^/]+\/v[^/]+\/[a-z]+$/.test(path);
  const random = createRandom(1);
  const heal = () => Promise.all(proxies.map((proxy) => proxy.heal()));
  const withClock = async (clockMs: number) => {
    await worker.stop();
    worker = await bench.startWorker({ clockMs });
    await wait(faultMs);
  };
  /** Each lasts as long as its fault. */
  const faults: [name: string, during: () => Promise<unknown>][] = [
    [
      'PostgreSQL lost, 3 times',
      async () => {
        for (let time = 0; time < 3; time += 1) {
          await postgres.crash();
          await wait(1500);
          await postgres.start();
          await wait(faultMs / 3);
        }
      },
    ],
    [
      'lists that are empty',
      async () => {
        for (const { answers } of proxies) answers.answer(empty, isList);
        await wait(faultMs);
        await heal();
      },
    ],
    ['a clock 10 min ahead', () => withClock(skewMs)],
    ['a clock 10 min behind', () => withClock(-skewMs)],
    // A cluster that refused its credential is asked again after a minute only: it comes last.
    [
      '401: one whole, others 1 in 10',
      async () => {
        for (const [index, { answers }] of proxies.entries())
          answers.answer(unauthorized, () => index === 0 || random() < 0.1);
        await wait(faultMs);
        await heal();
      },
    ],
  ];
  let version = 1;
  process.stdout.write(`${'during'.padEnd(32)}   writes  in all  deletes\n`);
  const idle: string[] = [];
  let writesUnderFaults = 0;
  for (const [name, during] of faults) {
    version += 1;
    const known = new Set((await bench.writes()).map(({ id }) => id));
    // Half of them are on their way when it begins, the others are asked for while it lasts.
    await release(apps.slice(0, count / 2), version, manifests);
    const beganAt = Date.now();
    await Promise.all([during(), release(apps.slice(count / 2), version, manifests)]);
    const endedAt = Date.now();
    await settled('config-%');
    const writes = (await bench.writes()).filter(({ id }) => !known.has(id));
    const under = writes.filter(({ answeredAt }) => answeredAt > beganAt && answeredAt < endedAt).length;
    writesUnderFaults += under;
    if (under === 0) idle.push(name);
    const cells = [under, writes.length, deletesOf(writes).length].map((n) => String(n).padStart(9));
    process.stdout.write(`${name.padEnd(32)}${cells.join('')}\n`);
  }
  await settled();
  const unrequested = deletesOf(await bench.writes());
  const missing = await missingObjects(apps);
  await worker.stop();
  worker = await bench.startWorker();
  const configs = apps.filter((slug) => slug.startsWith('config-'));
  await release(configs, version + 1, stays);
  await settled('config-%');
  const requested = deletesOf(await bench.writes()).length - unrequested.length;
  for (const { cluster, verb, resource, namespace, name, user } of unrequested)
    process.stdout.write(`  ${verb} ${resource} ${namespace}/${name} in ${cluster} as ${user}\n`);
  process.stdout.write(
    `${missing} objects are not there at the end; of ${configs.length} deletes that were asked for ${requested} are seen\n`,
  );
  if (idle.length > 0) process.stdout.write(`nothing was written, so nothing is shown, during: ${idle.join(', ')}\n`);
  printResult({
    figure: 'unrequested-deletes',
    value: unrequested.length,
    unit: 'count',
    baseline: writesUnderFaults,
    goal: 0,
    ok: unrequested.length === 0 && missing === 0 && idle.length === 0 && requested === configs.length,
    more: { faults: faults.length, idle: idle.length, applications: count, missing, requested },
  });

  async function release(
    slugs: readonly string[],
    to: number,
    manifestsOf: (slug: string, version: number) => string,
  ): Promise<void> {
    await eachOf(slugs, 4, async (slug) => {
      const { applicationId = '', environmentId = '' } = made.get(slug) ?? {};
      const body = {
        ...{ applicationId, environmentId, templateVersionId: bench.template('raw'), images: {} },
        parameters: { manifests: manifestsOf(slug, to) },
      };
      // Away with its database, it is asked again with the same key, as whoever deploys would.
      await waitFor(
        `${slug} to be asked for`,
        () => owner.call(createRelease, { body }, { idempotencyKey: `release-${slug}-${to}` }),
        { everyMs: 500 },
      );
    });
  }
} finally {
  await bench.stop();
  await Promise.all(proxies.map((proxy) => proxy.close()));
}

function deletesOf(writes: Awaited<ReturnType<typeof bench.writes>>) {
  return writes.filter(({ verb }) => verb.startsWith('delete'));
}

/** Whatever became of them, nothing of these applications is under way any more, and no cluster is owed anything. */
async function settled(slugs = '%'): Promise<void> {
  await waitFor(
    `the releases of ${slugs} to be over`,
    async () => {
      const { rows } = await database.pool.query<{ left: string }>(
        `SELECT a.slug || ' ' || r.state AS left FROM release r
           JOIN app_environment ae ON ae.id = r.app_environment_id
           JOIN applications_application a ON a.id = ae.application_id
           WHERE r.state IN ('planning', 'queued', 'rolling') AND a.slug LIKE $1
         UNION ALL SELECT c.slug || ' is owed, ' || c.state || coalesce(': ' || c.state_reason, '') FROM debt d
           JOIN target t ON t.id = d.target_id JOIN clusters_cluster c ON c.id = t.cluster_id WHERE d.state = 'open'`,
        [slugs],
      );
      if (rows.length > 0) throw new Error(rows.map(({ left }) => left).join('; '));
      return true;
    },
    { timeoutMs: 150_000, everyMs: 500 },
  );
}

/** Of three that each application has. */
async function missingObjects(slugs: readonly string[]): Promise<number> {
  const named = new Set(slugs.flatMap((slug) => [slug, `${slug}-kept`]));
  const found = await Promise.all(
    clusters.flatMap((cluster) =>
      [
        'apis/apps/v1/namespaces/bench/deployments',
        'api/v1/namespaces/bench/services',
        'api/v1/namespaces/bench/configmaps',
      ].map(async (path) => {
        const { items } = await cluster.request<{ items: { metadata: { name: string } }[] }>('GET', `/${path}`);
        return items.filter(({ metadata }) => named.has(metadata.name)).length;
      }),
    ),
  );
  return 3 * slugs.length - found.reduce((sum, n) => sum + n, 0);
}
