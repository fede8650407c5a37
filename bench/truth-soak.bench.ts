import { listObjects, registerCluster } from '@quarterdeck/contracts';
import {
  type Cluster,
  ClusterRequestError,
  claimProduct,
  createRandom,
  cutInCharacter,
  type FaultProxy,
  goneByHttp,
  goneInStream,
  makeDataFolder,
  type Network,
  type Owner,
  type Random,
  removeDataFolder,
  repeatEvents,
  slice,
  startControlPlanes,
  startFaultProxy,
  startNetwork,
  startProduct,
  untilTrue,
  type Where,
  waitFor,
} from '@quarterdeck/testing';
import { printResult } from './result.ts';

const [minutesText = '60', seedText = '1'] = process.argv.slice(2);
const minutes = Number(minutesText);
const seed = Number(seedText);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error('usage: truth-soak [minutes, 60 unless told] [seed]');

const namespace = 'soak';
const path = `/api/v1/namespaces/${namespace}/configmaps`;
const changesPerIncident = 400;
const lanes = 4;
const names = 200;
/** A connection that a middlebox forgot is found within 100 s; after that rows have no excuse. */
const patienceMs = 130_000;

/**
 * Rows of the product against direct lists of real API servers, after each incident: compactions, half-open and broken
 * connections, restarts, 410, slices and repeats, under churn. One is watched by HTTP/1.1 through a proxy that changes
 * answers, the other by HTTP/2 over one connection through a bad network alone. Baseline: changes made.
 */
const random = createRandom(seed);
const fleet = await startControlPlanes({ count: 2 });
const [first, second] = fleet.clusters as [Cluster, Cluster];
const proxy = await startFaultProxy(first, { seed });
const network = await startNetwork(Number(new URL(second.server).port), createRandom(seed));
const dataDir = await makeDataFolder();
const product = await startProduct({
  dataDir,
  args: ['--no-demo'],
  env: {
    QUARTERDECK_CLUSTER_ADDRESS_ALLOW: [proxy, network].map(({ port }) => `127.0.0.1/32:${port}`).join(','),
  },
});

const networkIncidents = ['reset', 'half-open', 'away', 'compacted', 'restarted', 'sliced', 'cut'] as const;
const answerIncidents = ['gone by HTTP', 'gone in stream', 'single bytes', 'in a character', 'repeated'] as const;
type Incident = (typeof networkIncidents)[number] | (typeof answerIncidents)[number];

const isResume: Where = (asked) =>
  asked.isWatch && asked.path === '/api/v1/configmaps' && !asked.query.has('sendInitialEvents');

type Member = {
  slug: string;
  cluster: Cluster;
  kubeconfig: string;
  network: Omit<Network, 'port' | 'close'>;
  /** Of what speaks HTTP/1.1: what is asked is read there, and answers are changed. */
  answers?: FaultProxy['answers'];
  present: Set<number>;
};
const members: Member[] = [
  { slug: 'soak-http1', cluster: first, ...proxy, present: new Set() },
  {
    slug: 'soak-http2',
    cluster: second,
    kubeconfig: second.kubeconfig.replaceAll(second.server, `https://127.0.0.1:${network.port}`),
    network,
    present: new Set(),
  },
];
let [changes, differences, incidents, worstRelists, worstMs] = [0, 0, 0, 0, 0];
try {
  await product.ready();
  const owner = await claimProduct(product);
  for (const { slug, cluster, kubeconfig } of members) {
    await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    const access = { kind: 'kubeconfig', kubeconfig } as const;
    await owner.call(registerCluster, { body: { slug, access, bootstrap: true } });
  }
  const end = Date.now() + minutes * 60_000;
  while (Date.now() < end) {
    const member = members[random.below(members.length)] as Member;
    const incident = random.pick(incidentsOf(member));
    const before = fullSyncs(member);
    process.stdout.write(`${new Date().toISOString()}  ${member.slug}  ${incident.padEnd(16)}`);
    const [made] = await Promise.all([churn(member, random), live(member, incident, random)]);
    changes += made;
    incidents += 1;
    const since = performance.now();
    const found = await judge(owner, member);
    const tookMs = Math.round(performance.now() - since);
    const relists = fullSyncs(member) - before;
    worstMs = Math.max(worstMs, tookMs);
    worstRelists = Math.max(worstRelists, relists);
    process.stdout.write(`  true after ${String(tookMs).padStart(6)} ms  relists ${relists}${found ?? ''}\n`);
    await heal(member);
  }
} finally {
  await product.stop();
  await removeDataFolder(dataDir);
  await Promise.all([proxy.close(), network.close()]);
  await fleet.stop();
}

printResult({
  figure: 'truth-soak',
  value: differences,
  unit: 'count',
  baseline: Math.max(changes, 1),
  goal: 0,
  ok: differences === 0 && worstRelists <= 1 && changes > 0,
  more: { minutes, seed, incidents, changes, worstRelistsPerIncident: worstRelists, worstConvergenceMs: worstMs },
});

/** `undefined` where the rows are true in time; else what is wrong, counted. */
async function judge(owner: Owner, member: Member): Promise<string | undefined> {
  try {
    await untilTrue({
      cluster: member.cluster,
      path,
      view: ({ metadata }) => `${metadata.uid} ${metadata.labels?.version ?? ''}`,
      rows: () => rowsOf(owner, member.slug),
      timeoutMs: patienceMs,
    });
    return undefined;
  } catch (error) {
    differences += 1;
    return `\n  ${error instanceof Error ? error.message : String(error)}`;
  }
}

async function rowsOf(owner: Owner, slug: string): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await owner.call(listObjects, {
      query: {
        plural: 'configmaps',
        clusters: [slug],
        namespaces: [namespace],
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
      },
    });
    for (const { name, uid, labels } of page.items) rows.set(`${namespace}/${name}`, `${uid} ${labels.version ?? ''}`);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return rows;
}

function incidentsOf({ answers }: Member): readonly [Incident, ...Incident[]] {
  return answers === undefined ? networkIncidents : [...networkIncidents, ...answerIncidents];
}

/** Known where what is asked can be read. */
function fullSyncs({ answers }: Member): number {
  const asked = answers?.asked ?? [];
  return asked.filter(
    ({ path: askedPath, query }) =>
      askedPath === '/api/v1/configmaps' && (query.has('sendInitialEvents') || query.get('limit') === '500'),
  ).length;
}

async function heal({ network, answers }: Member): Promise<void> {
  answers?.heal();
  network.heal();
  await network.up();
}

/** Creates, labels anew and deletes; directly at the cluster, whatever the proxy does. */
async function churn({ cluster, present }: Member, chance: Random): Promise<number> {
  const lane = async (first: number) => {
    for (let done = first; done < changesPerIncident; done += lanes) {
      const number = chance.below(names / lanes) * lanes + first;
      const labels = { version: String(chance.below(1_000_000)) };
      // The API server itself may be away for a moment: that is one of the incidents.
      await waitFor('the cluster to take a change', async () => {
        await change(cluster, present, number, labels, chance);
        return true;
      });
    }
  };
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
  return changesPerIncident;
}

async function change(
  cluster: Cluster,
  present: Set<number>,
  number: number,
  labels: object,
  chance: Random,
): Promise<void> {
  const name = `o-${number}`;
  if (!present.has(number)) {
    await cluster
      .request('POST', path, { metadata: { name, labels, annotations: { note: '語🚢' } } })
      .catch(tolerate(409));
    present.add(number);
  } else if (chance() < 0.2) {
    await cluster.request('DELETE', `${path}/${name}`).catch(tolerate(404));
    present.delete(number);
  } else await cluster.request('PATCH', `${path}/${name}`, { metadata: { labels } });
}

/** A change whose answer a stopping API server swallowed is asked for again, and is there already. */
function tolerate(status: number) {
  return (error: unknown) => {
    if (!(error instanceof ClusterRequestError && error.status === status)) throw error;
  };
}

/** Does to one cluster what the incident is; faults of answers stay until it is judged. */
async function live(member: Member, incident: Incident, chance: Random): Promise<void> {
  const { cluster, network, answers } = member;
  switch (incident) {
    case 'reset':
      return network.reset();
    case 'half-open':
      return network.silence('open');
    case 'away':
      await network.down();
      await waitFor('some changes meanwhile', () => member.present.size > 0);
      return network.up();
    case 'compacted':
      await network.down();
      await cluster.compact();
      return network.up();
    case 'restarted':
      await cluster.stopApiServer();
      await cluster.startApiServer();
      return cluster.compact();
    case 'sliced':
      network.slice(1 + chance.below(60));
      return network.reset();
    case 'cut': {
      const before = network.accepted();
      network.cutAfter(chance.below(20_000));
      network.reset();
      await waitFor('some connections to be cut', () => network.accepted() > before + 2, { timeoutMs: patienceMs });
      return network.heal();
    }
    case 'gone by HTTP':
      answers?.answer(goneByHttp(), isResume, 1);
      return network.reset();
    case 'gone in stream':
      answers?.answer(goneInStream(), isResume, 1);
      return network.reset();
    case 'single bytes':
      answers?.answer(slice(1), isResume);
      return network.reset();
    case 'in a character':
      answers?.answer(cutInCharacter(), isResume, 2);
      return network.reset();
    case 'repeated':
      answers?.answer(() => repeatEvents(chance), isResume);
      return network.reset();
  }
}
