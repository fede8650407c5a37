import fc from 'fast-check';
import { MachineModel } from '../apps/api/src/features/releases/machine-model.fixture.ts';
import { schedules } from '../apps/api/src/features/releases/machine-steps.fixture.ts';
import { printResult } from './result.ts';

const [runsText = '10000', seedText = String(Date.now() % 1_000_000)] = process.argv.slice(2);
const [numRuns, seed] = [Number(runsText), Number(seedText)];
if (!(numRuns > 0) || !Number.isInteger(seed))
  throw new Error('usage: wave-schedules [schedules, 10000 unless told] [seed]');

/**
 * Schedules of releases, workers, clusters and people against the invariants of the wave machine, on a clock moved by
 * hand. Baseline: steps taken.
 */
let steps = 0;
const seen = new Set<string>();
const report = fc.check(
  fc.property(schedules, (schedule) => {
    const model = new MachineModel();
    for (const step of schedule) {
      model.step(step);
      steps += 1;
    }
    model.settle();
    for (const what of model.seen) seen.add(what);
  }),
  { numRuns, seed },
);
process.stdout.write(
  `schedules  steps  violations  seed\n${report.numRuns}  ${steps}  ${report.failed ? 1 : 0}  ${seed}\n`,
);
process.stdout.write(`reached: ${[...seen].toSorted().join(', ')}\n`);
if (report.failed) process.stdout.write(`${fc.defaultReportMessage(report)}\n`);
printResult({
  figure: 'wave-schedules',
  value: report.failed ? 1 : 0,
  unit: 'violations',
  baseline: Math.max(1, steps),
  goal: 0,
  ok: !report.failed && report.numRuns === numRuns,
  more: { schedules: report.numRuns, steps, seed },
});
