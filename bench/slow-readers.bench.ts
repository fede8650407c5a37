import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { SlowReadersMessage } from '../apps/api/src/platform/events/slow-readers-server.fixture.ts';
import { median, percentile, printResult } from './result.ts';

const readers = Number(process.argv[2] ?? 500);
const goalMiB = 64;
const goalDelayMs = 100;
const asks = 200;
const mebibyte = 1_048_576;

/**
 * The memory that 500 readers of live updates cost who never read, and what others wait meanwhile: a ping of another
 * socket. There is more to tell each of them than they could ever take. Baseline: the same ping before they came.
 */
const server = start('../apps/api/src/platform/events/slow-readers-server.fixture.ts', ['600000']);
const [told] = (await once(server, 'message')) as [SlowReadersMessage];
const port = 'port' in told ? told.port : 0;

function start(file: string, args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--expose-gc', '--max-semi-space-size=2'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function state() {
  server.send('state');
  const [answer] = (await once(server, 'message')) as [SlowReadersMessage];
  if (!('sockets' in answer)) throw new Error('it told something else');
  return answer;
}

const other = new WebSocket(`ws://127.0.0.1:${port}/live`, ['quarterdeck.live.v1'], {
  headers: { origin: 'http://localhost:8080' },
});
await once(other, 'open');

async function pings(): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < asks; index += 1) {
    const startedAt = performance.now();
    other.ping();
    await once(other, 'pong');
    times.push(performance.now() - startedAt);
  }
  return times;
}

await pings();
const quiet = await pings();
const before = await state();
const slow = start('./slow-readers.process.ts', [String(port), String(readers)]);
await once(slow, 'message');
/** Nothing more fits into what each may leave unread. */
const full = 48_000;
for (let look = 0; (await state()).mostUnsent < full && look < 200; look += 1) await wait(100);
const delayed: number[] = [];
let mostRss = 0;
for (let look = 0; look < 5; look += 1) {
  delayed.push(...(await pings()));
  mostRss = Math.max(mostRss, (await state()).rssBytes);
}
const { sockets, mostUnsent } = await state();
slow.disconnect();
other.terminate();
server.disconnect();

const round = (value: number) => Math.round(value * 100) / 100;
const memory = round((mostRss - before.rssBytes) / mebibyte);
const delay = round(percentile(delayed, 0.99) - percentile(quiet, 0.99));
process.stdout.write(`                        nobody else   ${readers} slow readers\n`);
process.stdout.write(
  `ping of another, p50, ms ${String(round(median(quiet))).padStart(10)}   ${String(round(median(delayed))).padStart(15)}\n`,
);
process.stdout.write(
  `ping of another, p99, ms ${String(round(percentile(quiet, 0.99))).padStart(10)}   ${String(round(percentile(delayed, 0.99))).padStart(15)}\n`,
);
process.stdout.write(`memory more than before, MiB ${memory}; most unsent to one, bytes ${mostUnsent}\n`);
printResult({
  figure: 'slow-readers',
  value: memory,
  unit: 'MiB',
  baseline: round(before.rssBytes / mebibyte),
  goal: goalMiB,
  ok: memory <= goalMiB && delay <= goalDelayMs && sockets === readers + 1,
  more: { readers, delayP99Ms: delay, goalDelayMs, sockets },
});
