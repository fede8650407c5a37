import { allEndpoints, allLiveViews, allStreams } from '@quarterdeck/contracts';
import { knownGaps } from '../apps/api/src/security/gaps.fixture.ts';
import { printResult } from './result.ts';
import { runSecurityTests } from './security-tests.ts';

/** Endpoints, live views and streams of the contracts for which the matrix holds. Baseline: all of them. */
const names = [...allEndpoints, ...allLiveViews, ...allStreams].map(({ name }) => name);
const { tests, output } = await runSecurityTests(['matrix.route.test.ts', 'streams-matrix.route.test.ts']);
const held = names.filter(
  (name) => knownGaps[name] === undefined && tests.some(({ title, passed }) => passed && title.endsWith(`for ${name}`)),
);
const percent = Math.floor((held.length / names.length) * 1000) / 10;
const counted = /matrix: (\d+) endpoints, (\d+) subjects, (\d+) requests/.exec(output);
process.stdout.write(`                       held    all\n`);
process.stdout.write(
  `endpoints and streams  ${String(held.length).padStart(4)}  ${String(names.length).padStart(5)}\n`,
);
for (const name of names.filter((each) => !held.includes(each))) process.stdout.write(`  not held: ${name}\n`);
printResult({
  figure: 'matrix',
  value: percent,
  unit: '%',
  baseline: 100,
  goal: 100,
  ok: percent === 100,
  more: { subjects: Number(counted?.[2] ?? 0), requests: Number(counted?.[3] ?? 0) },
});
