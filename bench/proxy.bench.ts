import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { claimProduct, makeDataFolder, removeDataFolder, startControlPlanes, startProduct } from '@quarterdeck/testing';
import { median, percentile, printResult } from './result.ts';
import { usageOf } from './usage.ts';

/**
 * What the cluster proxy adds: GET of one object by 1 and by 10 clients and at 500 requests a second, CPU per request,
 * and a list of 83 MB. The floor of each figure is the API server asked directly in the same run, over TLS in both ways.
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
const folder = await makeDataFolder();
const product = await startProduct({
  dataDir: folder,
  args: ['--no-demo'],
  env: { QUARTERDECK_CLUSTER_ADDRESS_ALLOW: `127.0.0.1/32:${new URL(cluster.server).port}` },
});

type Way = {
  name: string;
  get(path: string, agent: PlainAgent | TlsAgent): Promise<number>;
  agent(sockets: number): PlainAgent | TlsAgent;
};

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

  const direct: Way = way('API server', cluster.server, cluster.adminToken, cluster.caPem);
  const proxied: Way = way('through us', `https://localhost:${product.port}/k8s/clusters/${id}`, token, ca);
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
  row('GET, 10 clients, p50, ms', figures.ten.ours50, figures.ten.floor50);
  row('GET, 10 clients, p99, ms', figures.ten.ours99, figures.ten.floor99);
  row('GET, 500/s, p50, ms', figures.paced.ours50, figures.paced.floor50);
  row('GET, 500/s, p99, ms', figures.paced.ours99, figures.paced.floor99);
  row(`list of ${Math.round(list.bytes / 1e6)} MB, s`, list.ours, list.floor);
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

  /** Medians over the rounds, the two ways in turn. */
  async function latencies(clients: number) {
    const all = { ours: [] as number[][], floor: [] as number[][] };
    for (let round = 0; round < rounds; round += 1) {
      all.floor.push(await closedLoop(direct, clients));
      all.ours.push(await closedLoop(proxied, clients));
    }
    return summary(all);
  }

  async function closedLoop(by: Way, clients: number): Promise<number[]> {
    const times: number[] = [];
    const client = async () => {
      const agent = by.agent(1);
      for (let count = 0; count < perClient; count += 1) {
        const started = performance.now();
        await by.get(one, agent);
        // The first makes the connection.
        if (count > 0) times.push(performance.now() - started);
      }
      agent.destroy();
    };
    await Promise.all(Array.from({ length: clients }, client));
    return times;
  }

  async function paced() {
    const all = { ours: [] as number[][], floor: [] as number[][] };
    for (const [by, kept] of [
      [direct, all.floor],
      [proxied, all.ours],
    ] as const) {
      const agent = by.agent(64);
      const times: number[] = [];
      const under: Promise<void>[] = [];
      const startedAt = performance.now();
      for (let sent = 0; sent < pacedSeconds * pacedRate; sent += 1) {
        const due = startedAt + (sent * 1000) / pacedRate;
        if (due > performance.now()) await wait(due - performance.now());
        // From when it was due: a stall counts for all that waited behind it.
        under.push(by.get(one, agent).then(() => void times.push(performance.now() - due)));
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
    const path = '/api/v1/namespaces/default/configmaps';
    const ours: number[] = [];
    const floor: number[] = [];
    let bytes = 0;
    let rss = 0;
    for (let round = 0; round < rounds; round += 1) {
      for (const [by, times] of [
        [direct, floor],
        [proxied, ours],
      ] as const) {
        const agent = by.agent(1);
        const before = await usageOf(product.pid);
        const started = performance.now();
        let isDone = false;
        const watching = (async () => {
          while (!isDone && by === proxied) {
            rss = Math.max(rss, ((await usageOf(product.pid)).rssBytes - before.rssBytes) / mebibyte);
            await wait(50);
          }
        })();
        bytes = await by.get(path, agent);
        times.push((performance.now() - started) / 1000);
        isDone = true;
        await watching;
        agent.destroy();
      }
    }
    return { ours: median(ours), floor: median(floor), bytes, rss };
  }
} finally {
  await product.stop();
  await removeDataFolder(folder);
  await fleet.stop();
}

function summary({ ours, floor }: { ours: number[][]; floor: number[][] }) {
  const of = (all: number[][], share: number) => median(all.map((times) => percentile(times, share)));
  return { ours50: of(ours, 0.5), ours99: of(ours, 0.99), floor50: of(floor, 0.5), floor99: of(floor, 0.99) };
}

/** Gives how many bytes the body had. */
function way(name: string, base: string, token: string, ca: string): Way {
  const isSecure = base.startsWith('https:');
  const send = isSecure ? tlsRequest : plainRequest;
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  return {
    name,
    agent: (sockets) =>
      isSecure
        ? new TlsAgent({ keepAlive: true, maxSockets: sockets, ca })
        : new PlainAgent({ keepAlive: true, maxSockets: sockets }),
    get: (path, agent) =>
      new Promise((resolve, reject) => {
        const asked = send(`${base}${path}`, { agent, headers }, (response) => {
          let bytes = 0;
          response.on('data', (chunk: Buffer) => {
            bytes += chunk.length;
          });
          response.on('end', () => {
            if (response.statusCode === 200) resolve(bytes);
            else reject(new Error(`${name} answered ${response.statusCode}`));
          });
        });
        asked.on('error', reject);
        asked.end();
      }),
  };
}
