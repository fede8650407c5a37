import { setTimeout as wait } from 'node:timers/promises';
import { printResult } from './result.ts';
import { startWatchedFleet } from './watched-fleet.ts';

const count = Number(process.argv[2] ?? 500);
const watchedMs = Number(process.argv[3] ?? 60) * 1000;
const goal = { cores: 0.5, megabytes: 1500 };
const emptyMs = 20_000;
/** What starting and the last first lists left behind is swept away by then. */
const settleMs = { empty: 5000, watched: 30_000 };

type Measured = { name: string; mebibytes: number; cores: number };

/**
 * Processor and memory of server, worker and PostgreSQL with 500 registered clusters in which nothing happens, each
 * watched in all its kinds. Baseline: the same with none. The clusters are simulated ones in this process, which is not
 * counted.
 */
const fleet = await startWatchedFleet({ count });
try {
  await wait(settleMs.empty);
  const empty = await measure(emptyMs);
  const inSyncSeconds = await fleet.watchAll();
  await wait(settleMs.watched);
  const rest = await measure(watchedMs);
  print(empty, rest);
  const [cores, megabytes] = [total(rest, 'cores'), Math.round(total(rest, 'mebibytes'))];
  printResult({
    figure: 'idle-500',
    value: Math.round(cores * 1000) / 1000,
    unit: 'cores',
    baseline: Math.max(Math.round(total(empty, 'cores') * 1000) / 1000, 0.001),
    goal: goal.cores,
    ok: cores <= goal.cores && megabytes <= goal.megabytes,
    more: {
      clusters: count,
      memoryMB: megabytes,
      memoryGoalMB: goal.megabytes,
      memoryWithoutMB: Math.round(total(empty, 'mebibytes')),
      inSyncSeconds,
    },
  });
} finally {
  await fleet.stop();
}

async function measure(forMs: number): Promise<Measured[]> {
  const before = await fleet.usage();
  await wait(forMs);
  const after = await fleet.usage();
  return after.map(({ name, mebibytes, cpuSeconds }, index) => ({
    name,
    mebibytes,
    cores: ((cpuSeconds - (before[index]?.cpuSeconds ?? 0)) * 1000) / forMs,
  }));
}

function total(measured: readonly Measured[], what: 'mebibytes' | 'cores'): number {
  return measured.reduce((sum, each) => sum + each[what], 0);
}

function print(empty: readonly Measured[], rest: readonly Measured[]): void {
  process.stdout.write(`                     no cluster   ${count} clusters at rest\n`);
  for (const [what, unit, digits] of [
    ['mebibytes', 'MB', 0],
    ['cores', 'cores', 3],
  ] as const) {
    for (const [index, { name, [what]: value }] of rest.entries())
      line(`${name}, ${unit}`, empty[index]?.[what] ?? 0, value, digits);
    line(`together, ${unit}`, total(empty, what), total(rest, what), digits);
  }
}

function line(name: string, before: number, after: number, digits: number): void {
  process.stdout.write(
    `${name.padEnd(20)} ${before.toFixed(digits).padStart(10)}   ${after.toFixed(digits).padStart(20)}\n`,
  );
}
