import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeDataFolder, removeDataFolder } from '@quarterdeck/testing';
import { printResult } from './result.ts';
import { usageOf } from './usage.ts';

const settleMs = 20_000;
const watchMs = 20_000;
const mebibyte = 2 ** 20;
const goals = { memory: 250, cpuPercent: 5, bootMs: 1500 };

const child = fileURLToPath(new URL('./demo-fleet.process.ts', import.meta.url));

/** Starts a process that does nothing but the given, and returns its pid and how long it says that took. */
async function start(what: 'nothing' | 'fleet', folder: string) {
  const running = fork(child, [what, folder]);
  const [startedMs] = (await once(running, 'message')) as [number];
  const stop = async () => {
    running.kill('SIGTERM');
    await once(running, 'exit');
  };
  return { pid: running.pid ?? 0, startedMs, stop };
}

async function memoryOf(pid: number): Promise<number> {
  return (await usageOf(pid)).rssBytes / mebibyte;
}

/** What the demo fleet takes by itself, without a product that watches it. Baseline: memory of a bare Node. */
const folder = await makeDataFolder();
const bare = await start('nothing', folder);
const baseline = Math.round(await memoryOf(bare.pid));
await bare.stop();
const first = await start('fleet', folder);
await first.stop();
const again = await start('fleet', folder);
await wait(settleMs);
const before = await usageOf(again.pid);
await wait(watchMs);
const after = await usageOf(again.pid);
await again.stop();
await removeDataFolder(folder);

const memory = Math.round(after.rssBytes / mebibyte);
const cpuPercent = Math.round(((after.cpuSeconds - before.cpuSeconds) / (watchMs / 1000)) * 1000) / 10;
const boot = [first, again].map(({ startedMs }) => Math.round(startedMs));
const cells = (...values: (string | number)[]) => values.map((value) => String(value).padStart(11)).join('');
process.stdout.write(`                  ${cells('demo fleet', 'bare Node')}\n`);
process.stdout.write(`memory, MB        ${cells(memory, baseline)}\n`);
process.stdout.write(`CPU, % of a core  ${cells(cpuPercent)}\n`);
process.stdout.write(`boot, ms          ${cells(...boot)}   the first time, the second\n`);
const [firstBootMs = 0, bootMs = 0] = boot;
printResult({
  figure: 'demo-fleet',
  value: memory,
  unit: 'MB',
  baseline,
  goal: goals.memory,
  ok: memory <= goals.memory && cpuPercent <= goals.cpuPercent && Math.max(...boot) <= goals.bootMs,
  more: { cpuPercent, cpuGoalPercent: goals.cpuPercent, firstBootMs, bootMs, bootGoalMs: goals.bootMs },
});
