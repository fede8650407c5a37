import { request } from 'node:https';
import { startSource } from './cluster-source.ts';
import { percentile, printResult } from './result.ts';
import { syncWhole, type WholeSync } from './whole-sync.ts';

/** All rows and first rows in s, lists in ms meanwhile, 5,000 config maps of 10 KiB in s. */
const goal = { seconds: 25, firstSeconds: 2, listP95: 100, configMapsSeconds: 1 };
const pods = Number(process.argv[2] ?? 100_000);
const clusters = 10;

/**
 * From an empty database to every pod of ten clusters in it and every kind watched, lists answering meanwhile. The API
 * servers are a process of their own and speak HTTP/2, as real ones do; PostgreSQL is durable. Beside it the same with the watches in the event loop.
 * Baseline: the same pods read page by page with `JSON.parse`, and nothing done with them.
 */
const each = { clusters, pods: Math.round(pods / clusters), configMaps: 100, speaksHttp2: true };
const plainMs = await readPlainly();
const inThreads = await syncWhole(each);
const inLoop = await syncWhole({ ...each, inLoop: true });
const configMaps = await syncWhole({ clusters: 1, pods: 1, configMaps: 5000, speaksHttp2: true });

process.stdout.write(`                                  in threads    in the loop\n`);
line('all pods, s', ({ rowsMs }) => seconds(rowsMs));
line('every kind watched, s', ({ readyMs }) => seconds(readyMs));
line('first pods, s', ({ firstRowsMs }) => seconds(firstRowsMs));
line('lists meanwhile, p95, ms', ({ listMs }) => round(percentile(listMs, 0.95)));
line('event loop late, p99, ms', ({ product }) => round(product.loopP99Ms));
line('event loop late, at most, ms', ({ product }) => round(product.loopMaxMs));
line('CPU of Node, s', ({ product }) => round(product.cpuSeconds));
line('CPU of PostgreSQL, s', ({ postgresCpuSeconds }) => round(postgresCpuSeconds));
line('CPU of the API servers, s', ({ sourceCpuSeconds }) => round(sourceCpuSeconds));
process.stdout.write(`5,000 config maps of 10 KiB, s  ${String(seconds(configMaps.configMapsMs)).padStart(12)}\n`);
process.stdout.write(`the same pods, parsed only, s   ${String(seconds(plainMs)).padStart(12)}\n`);
const listP95 = round(percentile(inThreads.listMs, 0.95));
printResult({
  figure: 'sync-100k',
  value: seconds(inThreads.rowsMs),
  unit: 's',
  baseline: seconds(plainMs),
  goal: goal.seconds,
  ok:
    seconds(inThreads.rowsMs) <= goal.seconds &&
    seconds(inThreads.firstRowsMs) <= goal.firstSeconds &&
    listP95 <= goal.listP95 &&
    seconds(configMaps.configMapsMs) <= goal.configMapsSeconds,
  more: {
    readySeconds: seconds(inThreads.readyMs),
    firstRowsSeconds: seconds(inThreads.firstRowsMs),
    listP95Ms: listP95,
    configMapsSeconds: seconds(configMaps.configMapsMs),
    loopP99Ms: round(inThreads.product.loopP99Ms),
    inLoopSeconds: seconds(inLoop.rowsMs),
    inLoopLoopP99Ms: round(inLoop.product.loopP99Ms),
  },
});

/** What reading alone costs, by whoever does no more: pages of 500, each parsed whole. */
async function readPlainly(): Promise<number> {
  const source = await startSource(each);
  const startedAt = performance.now();
  for (const server of source.servers) {
    let token = '';
    do {
      const url = `${server}/api/v1/pods?limit=500${token === '' ? '' : `&continue=${token}`}`;
      const page = JSON.parse(await get(url, source.caPem)) as { metadata: { continue?: string } };
      token = page.metadata.continue ?? '';
    } while (token !== '');
  }
  const ms = performance.now() - startedAt;
  source.stop();
  return ms;
}

function get(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { ca }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    })
      .on('error', reject)
      .end();
  });
}

function line(name: string, of: (sync: WholeSync) => number): void {
  process.stdout.write(`${name.padEnd(32)}${String(of(inThreads)).padStart(12)}${String(of(inLoop)).padStart(15)}\n`);
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
