import { setTimeout as wait } from 'node:timers/promises';
import {
  createGrant,
  createServiceAccount,
  createServiceAccountToken,
  listObjects,
  registerCluster,
} from '@quarterdeck/contracts';
import {
  type Cluster,
  claimProduct,
  type FaultProxy,
  makeDataFolder,
  type Owner,
  removeDataFolder,
  startControlPlanes,
  startFaultProxy,
  startProduct,
  waitFor,
} from '@quarterdeck/testing';
import { WebSocket } from 'ws';
import { printResult } from './result.ts';

const viewers = Number(process.argv[2] ?? 200);
const perAccount = 40;
const watchedMs = 20_000;
const changeEveryMs = 50;
const kinds = ['pods', 'deployments', 'configmaps', 'services'] as const;
const namespace = 'shop';
/** A collection, of one namespace or of all; one object is none. */
const collection = /^\/(api\/v1|apis\/[^/]+\/[^/]+)(\/namespaces\/[^/]+)?\/[a-z]+$/;

/**
 * What an API server is asked while 1 and while 200 browsers look at its objects, each with a live view and a list that
 * it asks for again each second, under changes. Baseline: the answers that the 200 get.
 */
const fleet = await startControlPlanes({ count: 1 });
const [cluster] = fleet.clusters as [Cluster];
const proxy = await startFaultProxy(cluster);
const dataDir = await makeDataFolder();
const product = await startProduct({
  dataDir,
  args: ['--no-demo'],
  env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: `127.0.0.1/32:${proxy.port}` },
});
try {
  await product.ready();
  const owner = await claimProduct(product);
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
  for (let index = 0; index < 20; index += 1) {
    await cluster.request('POST', configMaps, { metadata: { name: `object-${index}` } });
  }
  const access = { kind: 'kubeconfig', kubeconfig: proxy.kubeconfig } as const;
  await owner.call(registerCluster, { body: { slug: 'viewed', access, bootstrap: true } });
  await waitFor('the rows', async () => {
    const page = await owner.call(listObjects, { query: { plural: 'configmaps', namespaces: [namespace] } });
    return page.total >= 20 && page.clusters.every(({ state }) => state === 'live');
  });
  // Kinds that are found later start their watches within this time.
  await wait(watchedMs);
  const tokens = await makeTokens(owner, Math.ceil(viewers / perAccount));
  const one = await look(proxy, cluster, configMaps, tokens, 1);
  const many = await look(proxy, cluster, configMaps, tokens, viewers);
  const row = (name: string, at: (seen: Seen) => number) =>
    process.stdout.write(`${name.padEnd(34)}${String(at(one)).padStart(9)}${String(at(many)).padStart(14)}\n`);
  process.stdout.write(`${''.padEnd(34)} 1 viewer  ${String(viewers).padStart(4)} viewers\n`);
  row('lists the API server was asked', ({ lists }) => lists);
  row('watches of one kind, most at once', ({ watches }) => watches);
  row('other requests (health, reviews)', ({ others }) => others);
  row('answers the viewers got', ({ answers }) => answers);
  row('messages of live views', ({ messages }) => messages);
  printResult({
    figure: 'viewers',
    value: many.lists,
    unit: 'count',
    baseline: many.answers,
    goal: 0,
    ok: many.lists === 0 && many.watches <= 1 && many.messages >= viewers,
    more: {
      viewers,
      listsWithOne: one.lists,
      watchesPerKind: many.watches,
      others: many.others,
      othersWithOne: one.others,
    },
  });
} finally {
  await product.stop();
  await removeDataFolder(dataDir);
  await proxy.close();
  await fleet.stop();
}

type Seen = { lists: number; watches: number; others: number; answers: number; messages: number };

/** Service accounts that may read everything, since one account may hold 50 streams. */
async function makeTokens(owner: Owner, count: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const { id } = await owner.call(createServiceAccount, { body: { name: `viewer-${index}` } });
    const subject = { kind: 'service_account', id } as const;
    await owner.call(createGrant, { body: { subject, roleId: 'viewer', scope: { kind: 'fleet' } } });
    const body = { name: 'bench', permissions: ['identity:self', 'inventory:read', 'clusters:read'] } as const;
    tokens.push(
      (
        await owner.call(createServiceAccountToken, {
          params: { id },
          body: { ...body, permissions: [...body.permissions] },
        })
      ).secret,
    );
  }
  return tokens;
}

async function look(
  { answers: upstream }: FaultProxy,
  changed: Cluster,
  configMaps: string,
  tokens: readonly string[],
  count: number,
): Promise<Seen> {
  const seen: Seen = { lists: 0, watches: 0, others: 0, answers: 0, messages: 0 };
  const since = upstream.asked.length;
  let isOver = false;
  const sockets = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const token = tokens[index % tokens.length] ?? '';
      const headers = { authorization: `Bearer ${token}`, origin: product.origin };
      const socket = new WebSocket(`ws://localhost:${product.port}/api/v1/live`, ['quarterdeck.live.v1'], { headers });
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
      socket.on('message', (data) => {
        const { type, detail } = JSON.parse(String(data)) as { type: string; detail?: string };
        if (type === 'error') throw new Error(detail);
        seen.messages += 1;
        if (type === 'resync') subscribe();
      });
      const params = { plural: 'configmaps', namespaces: namespace };
      const subscribe = () =>
        socket.send(JSON.stringify({ type: 'subscribe', id: 'a', view: 'inventory.objects', mode: 'set', params }));
      subscribe();
      const pages = (async () => {
        while (!isOver) {
          const plural = kinds[index % kinds.length];
          const url = `${product.origin}/api/v1/inventory/objects?plural=${plural}&limit=50`;
          const answer = await fetch(url, { headers: { authorization: headers.authorization } });
          if (answer.status !== 200) throw new Error(`a list answered ${answer.status}`);
          await answer.arrayBuffer();
          seen.answers += 1;
          await wait(1000);
        }
      })();
      return { socket, pages };
    }),
  );
  const until = performance.now() + watchedMs;
  for (let change = 0; performance.now() < until; change += 1) {
    const labels = { version: String(change) };
    await changed.request('PATCH', `${configMaps}/object-${change % 20}`, { metadata: { labels } });
    await wait(changeEveryMs);
  }
  isOver = true;
  await Promise.all(sockets.map(({ pages }) => pages));
  for (const { socket } of sockets) socket.close();
  const asked = upstream.asked.slice(since);
  const isList = (each: (typeof asked)[number]) => each.method === 'GET' && !each.isWatch && collection.test(each.path);
  seen.lists = asked.filter(isList).length;
  const opened = Map.groupBy(
    asked.filter(({ isWatch }) => isWatch),
    ({ path }) => path,
  );
  seen.watches = Math.max(0, ...[...opened.values()].map((all) => all.length));
  seen.others = asked.filter((each) => !isList(each) && !each.isWatch).length;
  return seen;
}
