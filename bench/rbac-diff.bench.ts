import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createTestDatabase, startTestPostgres } from '@quarterdeck/database/testing';
import { type Cluster, startControlPlanes } from '@quarterdeck/testing';
import { WebSocket } from 'ws';
import { createApp } from '../apps/api/src/app.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import type { ClusterRecord } from '../apps/api/src/features/clusters/index.ts';
import {
  addCluster,
  bindingOf,
  dropBinding,
  podRow,
  putRbac,
} from '../apps/api/src/features/inventory/fleet.fixture.ts';
import {
  type Comparison,
  compareAnswers,
  isCaughtUp,
  putRows,
  putWorld,
} from '../apps/api/src/features/inventory/rbac-diff.fixture.ts';
import { changeWorld, makeWorld } from '../apps/api/src/features/inventory/rbac-world.fixture.ts';
import { newKeyringText, parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';
import { startWorker } from '../apps/api/src/processes/start-worker.ts';
import { addGrant, addPerson, type Person } from '../apps/api/src/testing/people.ts';
import { claimAsOwner, type SignedInClient, testOrigin } from '../apps/api/src/testing/test-app.ts';
import { percentile, printResult } from './result.ts';

const probesAtLeast = Number(process.env.PROBES ?? 200_000);
const firstSeed = Number(process.env.SEED ?? 1);
const size = { namespaces: 20, roles: 80, bindings: 240, askers: 24, names: 6 };
const revocations = 20;
const listRounds = 200;
const [benchClusters, podsEach, namespacesEach] = [10, 6000, 200];

/**
 * Who sees which rows: the evaluator, the SQL of the lists and a real API server (by impersonation) answer the same random
 * probes over made-up roles. Then how long a right that is taken away in the cluster still shows rows, with a live view
 * open, and what a list costs somebody with 2,000 namespaces; baseline is the list of somebody who sees everything.
 */
const fleet = await startControlPlanes({ count: 1 });
const [cluster] = fleet.clusters as [Cluster];
const { postgres, server } = await startTestPostgres();
const database = await createTestDatabase(postgres);
const composition = await compose({
  config: { ...parseConfig({}, []), clusterAddressAllow: [`127.0.0.1/32:${new URL(cluster.server).port}`] },
  database,
  keyring: parseKeyring(newKeyringText(randomBytes, 'bench')),
  logger: createLogger({ level: 'silent' }),
  signInFloorMs: 0,
});
const app = await createApp(composition);
await app.listen({ host: '127.0.0.1', port: 0 });
const test = { app, database, composition, logged: [], close: async () => {} };
const owner = await claimAsOwner(test);
const viewer = await addPerson(test, 'viewer');
await addGrant(test, viewer, 'viewer');
const worker = await startWorker(composition);
const registered = await owner.request({
  method: 'POST',
  url: '/clusters',
  payload: { slug: 'member', access: { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig }, bootstrap: true },
});
if (registered.status !== 201) throw new Error(`registration failed: ${registered.text}`);
const record = (await composition.clusters.records())[0] as ClusterRecord;
await until('the first lists', async () => {
  const { rows } = await database.pool.query<{ state: string }>(
    'SELECT DISTINCT state FROM inventory_stream WHERE cluster_no = $1',
    [record.number],
  );
  const states = rows.map(({ state }) => state);
  return states.includes('streaming') && !states.includes('syncing');
});

const compared = await compareWorlds();
const revoked = await measureRevocation(viewer);
const listed = await measureLists();

await worker.close();
await app.close();
await composition.connections.close();
await database.drop();
await server.stop();
await fleet.stop();

const ms = (value: number) => Math.round(value * 10) / 10;
const row = (name: string, times: readonly number[]) =>
  process.stdout.write(
    `${name.padEnd(34)}${[0.5, 0.95, 1].map((share) => percentile(times, share).toFixed(1).padStart(10)).join('')}\n`,
  );
process.stdout.write(
  `probes ${compared.probes}, allowed ${compared.allowed}, reviews asked ${compared.reviews}, differences ${compared.differences.length}\n`,
);
process.stdout.write(`${' '.repeat(34)}  p50, ms   p95, ms   max, ms\n`);
row('revoked in the member: live view', revoked);
row('list, everything', listed.admin);
row('list, 2,000 namespaces', listed.narrow);
const over = percentile(listed.narrow, 0.95) - percentile(listed.admin, 0.95);
printResult({
  figure: 'rbac-diff',
  value: compared.differences.length,
  unit: 'count',
  baseline: compared.probes,
  goal: 0,
  ok: compared.differences.length === 0 && compared.probes >= 200_000 && percentile(revoked, 1) <= 2000 && over <= 10,
  more: {
    probes: compared.probes,
    revokedP95Ms: ms(percentile(revoked, 0.95)),
    revokedMaxMs: ms(percentile(revoked, 1)),
    adminP95Ms: ms(percentile(listed.admin, 0.95)),
    narrowP95Ms: ms(percentile(listed.narrow, 0.95)),
  },
});

async function compareWorlds(): Promise<Comparison> {
  const all: Comparison = { probes: 0, allowed: 0, reviews: 0, differences: [] };
  for (let seed = firstSeed; all.probes < probesAtLeast; seed += 1) {
    const world = makeWorld(seed, size);
    await putWorld(cluster, world);
    await until('RBAC to arrive', () => isCaughtUp(composition, cluster, record.number));
    const { rows } = await database.pool.query<{ epoch: string }>(
      'SELECT epoch FROM inventory_head WHERE cluster_no = $1',
      [record.number],
    );
    await putRows(composition, { clusterNo: record.number, epoch: String(rows[0]?.epoch) }, world);
    const changed = changeWorld(world, seed + 100_000);
    for (const now of [world, changed]) {
      if (now === changed) {
        await putWorld(cluster, now, world);
        await until('RBAC to arrive', () => isCaughtUp(composition, cluster, record.number));
      }
      // The API server's own cache of RBAC follows its store a moment later.
      await wait(1000);
      const found = await compareAnswers(composition, cluster, record, now);
      process.stdout.write(
        `seed ${seed}${now === changed ? ' changed' : ''}: ${found.probes} probes, ${found.allowed} allowed, ${found.differences.length} differences\n`,
      );
      for (const difference of found.differences.slice(0, 5)) process.stdout.write(`  ${JSON.stringify(difference)}\n`);
      all.probes += found.probes;
      all.allowed += found.allowed;
      all.reviews += found.reviews;
      all.differences.push(...found.differences);
    }
    // The next world does not carry the weight of this one.
    await putWorld(cluster, { ...changed, objects: [] }, changed);
  }
  return all;
}

/** From the answer of the API server to the deletion until the live view is told and the list is empty. */
async function measureRevocation(who: Person): Promise<number[]> {
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings';
  const name = 'quarterdeck-viewers';
  const binding = await cluster.request<{ roleRef: object; subjects: object[] }>('GET', `${path}/${name}`);
  const { roleRef, subjects } = binding;
  const seen = async () => (await namespacesSeenBy(who)).length > 0;
  const times: number[] = [];
  for (let round = 0; round < revocations; round += 1) {
    await until('the viewer to see', seen);
    const { port } = app.server.address() as AddressInfo;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, ['quarterdeck.live.v1'], {
      headers: { cookie: who.cookie, origin: testOrigin },
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const heard = new Map<string, number>();
    socket.on('message', (data) => {
      const { type } = JSON.parse(String(data)) as { type: string };
      if (!heard.has(type)) heard.set(type, performance.now());
    });
    const params = { plural: 'namespaces', clusters: 'member' };
    socket.send(JSON.stringify({ type: 'subscribe', id: 'a', view: 'inventory.objects', mode: 'set', params }));
    await until('the snapshot', async () => heard.has('snapshot'));
    await cluster.request('DELETE', `${path}/${name}`);
    const started = performance.now();
    await until('the list to be empty', async () => !(await seen()), 5);
    const emptyAt = performance.now();
    await until('the live view to be told', async () => heard.has('resync'), 5);
    times.push(Math.max(emptyAt, heard.get('resync') ?? Number.POSITIVE_INFINITY) - started);
    socket.close();
    await cluster.request('POST', path, { metadata: { name }, roleRef, subjects });
  }
  return times;
}

async function namespacesSeenBy(who: SignedInClient): Promise<unknown[]> {
  const url = '/inventory/objects?plural=namespaces&clusters=member';
  return (await who.request({ method: 'GET', url })).body.items as unknown[];
}

/** Pods over ten clusters that nobody dials: one person sees them all, another those of 2,000 namespaces by as many bindings. */
async function measureLists(): Promise<{ admin: number[]; narrow: number[] }> {
  const group = 'quarterdeck:viewers';
  for (let index = 0; index < benchClusters; index += 1) {
    const made = await addCluster(test, `bench-${index}`);
    await composition.access.putCluster(database.pool, made.id, { cluster: made.slug });
    await dropBinding(test, made, '', 'quarterdeck-viewers');
    const spaces = Array.from({ length: namespacesEach * 2 }, (_, at) => `ns-${at}`);
    const pods = Array.from({ length: podsEach }, (_, at) =>
      podRow(`pod-${String(at).padStart(5, '0')}`, {
        namespace: spaces[at % spaces.length] ?? '',
        uid: `${index}-${at}`,
        restarts: at % 7,
      }),
    );
    for (let start = 0; start < pods.length; start += 1000) {
      await composition.inventoryStore.putObjects(made.fence, 'pods', pods.slice(start, start + 1000));
    }
    const bindings = spaces.slice(0, namespacesEach).map((space) => bindingOf(group, space, 'quarterdeck-viewers'));
    await putRbac(test, made, bindings);
  }
  await database.pool.query('ANALYZE');
  const queries = ['', '&sort=-restarts', '&health=healthy', '&q=pod-00', '&sort=createdAt', '&labels=app%3Dcart'];
  const timeOf = async (who: SignedInClient, round: number) => {
    const url = `/inventory/objects?plural=pods&limit=50${queries[round % queries.length]}`;
    const started = performance.now();
    const { status } = await who.request({ method: 'GET', url });
    if (status !== 200) throw new Error(`a list answered ${status}`);
    return performance.now() - started;
  };
  const total = async (who: SignedInClient) =>
    (await who.request({ method: 'GET', url: '/inventory/objects?plural=pods' })).body.total;
  // Half of the namespaces of these clusters are bound; what the first cluster holds both see.
  const narrowed = Number(await total(owner)) - (benchClusters * podsEach) / 2;
  await until('the viewer to see 2,000 namespaces', async () => (await total(viewer)) === narrowed);
  process.stdout.write(`lists over ${await total(owner)} and ${await total(viewer)} pods\n`);
  const times = { admin: [] as number[], narrow: [] as number[] };
  // By turns, so that what else the machine does meets both.
  for (let round = -queries.length; round < listRounds; round += 1) {
    const [admin, narrow] = [await timeOf(owner, Math.abs(round)), await timeOf(viewer, Math.abs(round))];
    if (round < 0) continue;
    times.admin.push(admin);
    times.narrow.push(narrow);
  }
  return times;
}

async function until(what: string, holds: () => Promise<boolean>, everyMs = 50): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await wait(everyMs);
  }
}
