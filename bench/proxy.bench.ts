import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { claimProduct, makeDataFolder, removeDataFolder, startControlPlanes, startProduct } from '@quarterdeck/testing';
import type { BareProxyOptions } from './bare-proxy.process.ts';
import { askAll } from './http-clients.ts';
import { median, percentile, printResult } from './result.ts';
import { usageOf } from './usage.ts';

/**
 * What the cluster proxy adds: GET of one object by 1 and by 10 clients and at 500 requests a second, CPU per request,
 * and a list of 83 MB. The floor of each figure is the API server asked directly in the same run, over TLS in both ways,
 * by an administrator. Beside it the API server is asked directly as the product asks it, in the name of a person: what
 * it takes longer for that is its own time. And it is asked in that name through a proxy of bare Node that decides
 * nothing: what that adds is Node's, and the rest is ours.
 */
const rounds = 5;
const perClient = 300;
const pacedSeconds = 6;
const pacedRate = 500;
const listObjects = 10_000;
const objectBytes = 7900;
const mebibyte = 2 ** 20;

// With controllers: one of them makes the token that onboarding waits for.
const fleet = await startControlPlanes();
const [cluster] = fleet.clusters;
if (cluster === undefined) throw new Error('no cluster');
const bareProxy = fork(fileURLToPath(new URL('bare-proxy.process.ts', import.meta.url)));
const folder = await makeDataFolder();
const product = await startProduct({
  dataDir: folder,
  args: ['--no-demo'],
  env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: `127.0.0.1/32:${new URL(cluster.server).port}` },
});

/** Where the same objects are asked for, and as whom. */
type Way = { name: string; base: string; headers: Record<string, string | string[]>; caPem: string };

try {
  await product.ready();
  const { cookie } = await claimProduct(product);
  const call = async (path: string, payload: object) => {
    const response = await fetch(`${product.origin}/api/v1${path}`, {
      method: 'POST',
      headers: { origin: product.origin, cookie, 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, string>;
  };
  const access = { kind: 'kubeconfig', kubeconfig: cluster.kubeconfig };
  const { id } = await call('/clusters', { slug: 'bench', access, bootstrap: true });
  const { kubeconfig = '' } = await call(`/clusters/${id}/kubeconfigs`, { level: 'read' });
  const token = /token: (\S+)/.exec(kubeconfig)?.[1] ?? '';
  const ca = Buffer.from(/certificate-authority-data: >?-?\s*(\S+)/.exec(kubeconfig)?.[1] ?? '', 'base64').toString();
  await fill();

  const accept = 'application/json';
  const bearer = (text: string) => ({ authorization: `Bearer ${text}`, accept });
  const direct: Way = {
    name: 'API server',
    base: cluster.server,
    headers: bearer(cluster.adminToken),
    caPem: cluster.caPem,
  };
  const base = `https://localhost:${product.port}/k8s/clusters/${id}`;
  const proxied: Way = { name: 'through us', base, headers: bearer(token), caPem: ca };
  const inName: Way = { ...direct, name: 'in a name', headers: await headersInName() };
  const bare: Way = { ...inName, name: 'bare Node', ...(await startBareProxy()) };
  const one = '/api/v1/namespaces/default/configmaps/object-0';
  const figures = {
    single: await latencies(1),
    ten: await latencies(10),
    paced: await paced(),
  };
  const cpu = await cpuPerRequest();
  const list = await bigList();
  const row = (label: string, ours: number, floor: number) =>
    process.stdout.write(
      `${label.padEnd(34)} ${ours.toFixed(2).padStart(10)} ${floor.toFixed(2).padStart(10)} ${(ours - floor).toFixed(2).padStart(8)}\n`,
    );
  process.stdout.write(
    `${''.padEnd(34)} ${'through us'.padStart(10)} ${'directly'.padStart(10)} ${'added'.padStart(8)}\n`,
  );
  row('GET, 1 client, p50, ms', figures.single.ours50, figures.single.floor50);
  row('  directly, in a name', figures.single.inName50, figures.single.floor50);
  row('  through bare Node', figures.single.bare50, figures.single.floor50);
  row('GET, 10 clients, p50, ms', figures.ten.ours50, figures.ten.floor50);
  row('  directly, in a name', figures.ten.inName50, figures.ten.floor50);
  row('  through bare Node', figures.ten.bare50, figures.ten.floor50);
  row('GET, 10 clients, p99, ms', figures.ten.ours99, figures.ten.floor99);
  row('  through bare Node', figures.ten.bare99, figures.ten.floor99);
  row('GET, 500/s, p50, ms', figures.paced.ours50, figures.paced.floor50);
  row('GET, 500/s, p99, ms', figures.paced.ours99, figures.paced.floor99);
  row(`list of ${Math.round(list.bytes / 1e6)} MB, s`, list.ours, list.floor);
  row('  through bare Node', list.bare, list.floor);
  process.stdout.write(
    `CPU per request ${cpu.toFixed(3)} ms with PostgreSQL's; memory in the list + ${Math.round(list.rss)} MB\n`,
  );
  const added = figures.single.ours50 - figures.single.floor50;
  printResult({
    figure: 'proxy',
    value: added,
    unit: 'ms',
    baseline: figures.single.floor50,
    goal: 0.5,
    more: {
      inNameP50Ms: figures.single.inName50 - figures.single.floor50,
      inName10P50Ms: figures.ten.inName50 - figures.ten.floor50,
      bareP50Ms: figures.single.bare50 - figures.single.floor50,
      bare10P50Ms: figures.ten.bare50 - figures.ten.floor50,
      bare10P99Ms: figures.ten.bare99 - figures.ten.floor99,
      bareListRatio: list.bare / list.floor,
      added10P50Ms: figures.ten.ours50 - figures.ten.floor50,
      added10P99Ms: figures.ten.ours99 - figures.ten.floor99,
      added500P50Ms: figures.paced.ours50 - figures.paced.floor50,
      added500P99Ms: figures.paced.ours99 - figures.paced.floor99,
      cpuPerRequestMs: cpu,
      listRatio: list.ours / list.floor,
      listMemoryMb: list.rss,
    },
  });

  async function fill(): Promise<void> {
    let next = 0;
    const text = 'x'.repeat(objectBytes);
    const worker = async () => {
      while (next < listObjects) {
        const name = `object-${next}`;
        next += 1;
        await cluster?.request('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name }, data: { text } });
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  }

  /** What the product sends to the API server for this token: its own credential, and whose name it asks in. */
  async function headersInName(): Promise<Record<string, string | string[]>> {
    const asked = await fetchJson<{ status: { userInfo: UserInfo } }>(
      proxied,
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    );
    const { username, uid, groups, extra = {} } = asked.status.userInfo;
    const account = await cluster?.request<{ status: { token: string } }>(
      'POST',
      '/api/v1/namespaces/quarterdeck-system/serviceaccounts/quarterdeck/token',
      { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } },
    );
    return {
      ...bearer(account?.status.token ?? ''),
      'impersonate-user': username,
      'impersonate-uid': uid,
      'impersonate-group': groups.filter((group) => !group.startsWith('system:')),
      ...Object.fromEntries(
        Object.entries(extra).map(([key, values]) => [`impersonate-extra-${encodeURIComponent(key)}`, values]),
      ),
    };
  }

  async function startBareProxy(): Promise<Pick<Way, 'base' | 'caPem'>> {
    const { base: server, caPem, headers } = inName;
    bareProxy.send({ server, caPem, headers } satisfies BareProxyOptions);
    const [told] = (await once(bareProxy, 'message')) as [{ port: number; caPem: string }];
    return { base: `https://localhost:${told.port}`, caPem: told.caPem };
  }

  /** Medians over the rounds, the ways in turn. */
  async function latencies(clients: number) {
    const all = { ours: [] as number[][], floor: [] as number[][] };
    const named: number[][] = [];
    const barely: number[][] = [];
    for (let round = 0; round < rounds; round += 1) {
      all.floor.push(await closedLoop(direct, clients));
      named.push(await closedLoop(inName, clients));
      barely.push(await closedLoop(bare, clients));
      all.ours.push(await closedLoop(proxied, clients));
    }
    return {
      ...summary(all),
      inName50: typical(named, 0.5),
      bare50: typical(barely, 0.5),
      bare99: typical(barely, 0.99),
    };
  }

  async function closedLoop({ base, headers, caPem }: Way, clients: number): Promise<number[]> {
    const asked = { urls: [`${base}${one}`], clients, rounds: perClient, headers, caPem };
    const { timings } = await askAll(asked);
    // The first of each client makes its connection.
    return timings.filter((_, index) => index % perClient > 0).map(({ ms }) => ms);
  }

  async function paced() {
    const all = { ours: [] as number[][], floor: [] as number[][] };
    for (const [by, kept] of [
      [direct, all.floor],
      [proxied, all.ours],
    ] as const) {
      const agent = new Agent({ keepAlive: true, maxSockets: 64, ca: by.caPem });
      const times: number[] = [];
      const under: Promise<void>[] = [];
      const startedAt = performance.now();
      for (let sent = 0; sent < pacedSeconds * pacedRate; sent += 1) {
        const due = startedAt + (sent * 1000) / pacedRate;
        if (due > performance.now()) await wait(due - performance.now());
        // From when it was due: a stall counts for all that waited behind it.
        under.push(get(by, one, agent).then(() => void times.push(performance.now() - due)));
      }
      await Promise.all(under);
      agent.destroy();
      kept.push(times.slice(pacedRate));
    }
    return summary(all);
  }

  async function cpuPerRequest(): Promise<number> {
    const before = await usageOf(product.pid);
    const requests = (await closedLoop(proxied, 10)).length + 10;
    const after = await usageOf(product.pid);
    return ((after.cpuSeconds - before.cpuSeconds) * 1000) / requests;
  }

  async function bigList() {
    const before = (await usageOf(product.pid)).rssBytes;
    const times = { ours: [] as number[], bare: [] as number[], floor: [] as number[] };
    let bytes = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const [way, kept] of [
        [direct, times.floor],
        [bare, times.bare],
        [proxied, times.ours],
      ] as const) {
        const list = await listOnce(way);
        kept.push(list.seconds);
        bytes = list.bytes;
      }
    }
    return {
      ours: median(times.ours),
      bare: median(times.bare),
      floor: median(times.floor),
      bytes,
      rss: ((await mostInList()) - before) / mebibyte,
    };
  }

  async function listOnce({ base, headers, caPem }: Way): Promise<{ seconds: number; bytes: number }> {
    const url = `${base}/api/v1/namespaces/default/configmaps`;
    const { timings } = await askAll({ urls: [url], clients: 1, rounds: 1, headers, caPem });
    const [{ ms, bytes } = { ms: Number.NaN, bytes: 0 }] = timings;
    return { seconds: ms / 1000, bytes };
  }

  /** Resident bytes of the product, at most, during one more list: to look takes more time than a list. */
  async function mostInList(): Promise<number> {
    let isDone = false;
    let most = 0;
    const look = async () => {
      while (!isDone) {
        most = Math.max(most, (await usageOf(product.pid)).rssBytes);
        await wait(50);
      }
    };
    const list = listOnce(proxied).finally(() => {
      isDone = true;
    });
    await Promise.all([list, look()]);
    return most;
  }
} finally {
  bareProxy.kill();
  await product.stop();
  await removeDataFolder(folder);
  await fleet.stop();
}

function summary({ ours, floor }: { ours: number[][]; floor: number[][] }) {
  return {
    ours50: typical(ours, 0.5),
    ours99: typical(ours, 0.99),
    floor50: typical(floor, 0.5),
    floor99: typical(floor, 0.99),
  };
}

/** The median of the rounds of what `share` of each are not above. */
function typical(all: readonly number[][], share: number): number {
  return median(all.map((times) => percentile(times, share)));
}

type UserInfo = { username: string; uid: string; groups: string[]; extra?: Record<string, string[]> };

async function fetchJson<T>({ base, headers, caPem }: Way, path: string, body: object): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${base}${path}`,
      { method: 'POST', ca: caPem, headers: { ...headers, 'content-type': 'application/json' } },
      (response) => {
        response.toArray().then((chunks) => {
          const text = Buffer.concat(chunks as Buffer[]).toString('utf8');
          if ((response.statusCode ?? 0) < 300) resolve(JSON.parse(text) as T);
          else reject(new Error(`${path} answered ${response.statusCode}: ${text}`));
        }, reject);
      },
    );
    asked.on('error', reject);
    asked.end(JSON.stringify(body));
  });
}

function get({ name, base, headers }: Way, path: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = request(`${base}${path}`, { agent, headers }, (response) => {
      response.resume();
      response.on('end', () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${name} answered ${response.statusCode}`));
      });
    });
    asked.on('error', reject);
    asked.end();
  });
}
