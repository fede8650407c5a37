import { setTimeout as wait } from 'node:timers/promises';
import { type InventoryObject, listObjects, registerCluster } from '@quarterdeck/contracts';
import {
  type Cluster,
  claimProduct,
  makeDataFolder,
  type Owner,
  removeDataFolder,
  startControlPlanes,
  startProduct,
  waitFor,
} from '@quarterdeck/testing';
import { WebSocket } from 'ws';
import { percentile, printResult } from './result.ts';

/** p95 in ms by changes a second. */
const goals: Readonly<Record<number, number>> = { 100: 250, 1000: 1500 };
const rates = (process.argv[2] ?? '100,1000').split(',').map(Number);
const seconds = Number(process.argv[3] ?? 20);
const namespace = 'fresh';
const objects = 199;
const path = `/api/v1/namespaces/${namespace}/configmaps`;

/**
 * From the moment the API server has taken a change until a live view and a list of the product show it. Baseline: the
 * same changes as a watch of the API server itself tells them.
 */
const fleet = await startControlPlanes({ count: 1 });
const [cluster] = fleet.clusters as [Cluster];
const dataDir = await makeDataFolder();
const product = await startProduct({
  dataDir,
  args: ['--no-demo'],
  env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: `127.0.0.1/32:${new URL(cluster.server).port}` },
});

/** When each version of each object was taken. */
type Taken = Map<string, number>;
/** Milliseconds from when a change was taken until each of them showed it, and how many were taken. */
type Delays = { watch: number[]; socket: number[]; list: number[]; taken: number };

const measured = new Map<number, Delays>();
try {
  await product.ready();
  const owner = await claimProduct(product);
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  for (let index = 0; index < objects; index += 1) {
    await cluster.request('POST', path, { metadata: { name: `o-${index}`, labels: { version: '0' } } });
  }
  const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig } as const;
  await owner.call(registerCluster, { body: { slug: 'fresh', access, bootstrap: true } });
  await waitFor('the rows', async () => {
    const page = await rowsOf(owner);
    // One more is made by the cluster itself.
    return page.total >= objects && page.clusters.every(({ state }) => state === 'live');
  });
  for (const rate of rates) measured.set(rate, await measure(owner, rate));
} finally {
  await product.stop();
  await removeDataFolder(dataDir);
  await fleet.stop();
}

process.stdout.write('changes a second     API server’s watch     live view          list   (p50 / p95, ms)\n');
const at = (times: readonly number[], share: number) => Math.round(percentile(times, share) * 10) / 10;
const cell = (times: readonly number[]) => `${at(times, 0.5)} / ${at(times, 0.95)}`.padStart(18);
for (const [rate, { watch, socket, list, taken }] of measured) {
  process.stdout.write(
    `${String(rate).padStart(6)} (${Math.round(taken / seconds)} taken)${cell(watch)}${cell(socket)}${cell(list)}\n`,
  );
}
const [first = 100] = rates;
const worst = (rate: number) => {
  const { socket = [], list = [] } = measured.get(rate) ?? {};
  return Math.max(at(socket, 0.95), at(list, 0.95));
};
printResult({
  figure: 'freshness',
  value: worst(first),
  unit: 'ms',
  baseline: at(measured.get(first)?.watch ?? [], 0.95),
  goal: goals[first] ?? 250,
  ok: rates.every((rate) => worst(rate) <= (goals[rate] ?? 1500)),
  more: Object.fromEntries(rates.map((rate) => [`p95At${rate}`, worst(rate)])),
});

function rowsOf(owner: Owner) {
  return owner.call(listObjects, { query: { plural: 'configmaps', namespaces: [namespace], limit: 200 } });
}

async function measure(owner: Owner, rate: number): Promise<Delays> {
  const taken: Taken = new Map();
  const early = new Map<string, { at: number; delays: number[] }[]>();
  const delays: Delays = { watch: [], socket: [], list: [], taken: 0 };
  const run = `r${rate}`;
  let isOver = false;
  /** What is seen before the answer of the change is here counts from that answer: nothing. */
  const note = (into: number[], name: string, version: string | undefined) => {
    if (version === undefined || !version.startsWith(run)) return;
    const key = `${name} ${version}`;
    const since = taken.get(key);
    const seenAt = performance.now();
    if (since !== undefined) into.push(seenAt - since);
    else early.set(key, [...(early.get(key) ?? []), { at: seenAt, delays: into }]);
  };

  const watch = await cluster.stream(`${path}?watch=1&resourceVersion=0`);
  void (async () => {
    for await (const line of watch.lines) {
      const { object } = JSON.parse(line) as { object: { metadata: { name: string; labels?: { version?: string } } } };
      note(delays.watch, object.metadata.name, object.metadata.labels?.version);
    }
  })().catch(() => {});

  const socket = new WebSocket(`ws://localhost:${product.port}/api/v1/live`, ['quarterdeck.live.v1'], {
    headers: { cookie: owner.cookie, origin: product.origin },
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  let isOpen = false;
  let last: string | undefined;
  const params = { plural: 'configmaps', namespaces: namespace };
  const subscribe = () =>
    socket.send(
      JSON.stringify({ type: 'subscribe', id: 'a', view: 'inventory.objects', mode: 'set', params, cursor: last }),
    );
  socket.on('message', (data) => {
    const {
      type,
      puts = [],
      cursor,
    } = JSON.parse(String(data)) as {
      type: string;
      puts?: InventoryObject[];
      cursor?: string;
    };
    last = cursor ?? last;
    if (type === 'snapshot') isOpen = true;
    // As every client does that fell behind: what was skipped comes late, and counts as late.
    if (type === 'resync') subscribe();
    for (const { name, labels } of puts) note(delays.socket, name, labels.version);
  });
  subscribe();
  await waitFor('the snapshot', () => isOpen);

  const shown = new Map<string, string>();
  const listing = (async () => {
    while (!isOver) {
      for (const { name, labels } of (await rowsOf(owner)).items) {
        const version = labels.version ?? '';
        if (shown.get(name) === version) continue;
        shown.set(name, version);
        note(delays.list, name, version);
      }
      await wait(20);
    }
  })();

  const startedAt = performance.now();
  const under = new Set<Promise<void>>();
  for (let sent = 0; performance.now() - startedAt < seconds * 1000; sent += 1) {
    const due = startedAt + (sent * 1000) / rate;
    if (due > performance.now()) await wait(due - performance.now());
    // An object has one change under way at a time, so that every version is told apart.
    if (under.size >= objects / 4) await Promise.race(under);
    const name = `o-${sent % objects}`;
    const version = `${run}-${sent}`;
    const change = cluster
      .request('PATCH', `${path}/${name}`, { metadata: { labels: { version } } })
      .then(() => {
        const key = `${name} ${version}`;
        taken.set(key, performance.now());
        delays.taken += 1;
        for (const { delays: into } of early.get(key) ?? []) into.push(0);
      })
      .finally(() => under.delete(change));
    under.add(change);
  }
  await Promise.all(under);
  await wait(3000);
  isOver = true;
  await listing;
  socket.close();
  watch.close();
  return delays;
}
