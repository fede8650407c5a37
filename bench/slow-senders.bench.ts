import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SlowSendersMessage } from '../apps/api/src/platform/http/slow-senders.fixture.ts';
import { median, percentile, printResult } from './result.ts';

const rounds = 5;
const asksARound = 400;
const goal = 2;

/**
 * What others wait while 300 senders drip, 4 send bodies without an end as fast as they are let, and one sends bombs
 * (S55). Baseline: the same question of the same process without them, before and after.
 */
const server = start('../apps/api/src/platform/http/slow-senders.fixture.ts', []);
const [told] = (await once(server, 'message')) as [SlowSendersMessage];
const port = 'port' in told ? told.port : 0;

function start(file: string, args: string[]): ChildProcess {
  return fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

async function rssMiB(): Promise<number> {
  server.send('rss');
  const [answer] = (await once(server, 'message')) as [SlowSendersMessage];
  return 'rssBytes' in answer ? answer.rssBytes / 1_048_576 : 0;
}

/** Times of one caller, ms. */
async function ask(): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < asksARound; index += 1) {
    const started = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/ping`);
    await answer.text();
    times.push(performance.now() - started);
  }
  return times;
}

await ask();
const [quiet, loud]: [number[], number[]] = [[], []];
const before = await rssMiB();
let worst = 0;
for (let round = 0; round < rounds; round += 1) {
  quiet.push(...(await ask()));
  const attackers = start('./slow-senders.process.ts', [String(port)]);
  await once(attackers, 'message');
  loud.push(...(await ask()));
  worst = Math.max(worst, await rssMiB());
  attackers.disconnect();
  await once(attackers, 'exit');
}
server.disconnect();

const row = (name: string, times: readonly number[]) =>
  process.stdout.write(
    `${name.padEnd(24)} p50 ${median(times).toFixed(2)} ms, p95 ${percentile(times, 0.95).toFixed(2)} ms\n`,
  );
row('nobody else', quiet);
row('among slow senders', loud);
process.stdout.write(`memory more than before   ${(worst - before).toFixed(0)} MiB\n`);
const ratio = median(loud) / median(quiet);
printResult({
  figure: 'slow-senders',
  value: Math.round(ratio * 100) / 100,
  unit: '×',
  baseline: 1,
  goal,
  more: {
    p50Ms: Math.round(median(loud) * 100) / 100,
    p95Ms: Math.round(percentile(loud, 0.95) * 100) / 100,
    quietP50Ms: Math.round(median(quiet) * 100) / 100,
    memoryMiB: Math.round(worst - before),
  },
});
