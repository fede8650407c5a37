import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { ensureTestbed } from '../testbed/build.mjs';
import { configuration } from './install.mjs';
import { buildPortal } from './portal.mjs';
import { binary, environment, node, root, run } from './programs.mjs';
import { step } from './progress.mjs';

const layers = ['unit', 'store', 'route', 'behaviour', 'fault', 'browser', 'checks', 'mutants'];
const needControlPlanes = new Set(['behaviour', 'fault', 'browser']);

/**
 * Runs the layers that are named, or all. The last line is `N passed, N failed, N skipped`, where format, lint and
 * each type check count as one; skips are named with their reason above it.
 * @returns exit code
 */
export async function test(names) {
  const unknown = names.find((name) => !layers.includes(name));
  if (unknown !== undefined) throw configuration(`There is no layer ${unknown}. Layers: ${layers.join(', ')}.`);
  const chosen = names.length === 0 ? layers : layers.filter((layer) => names.includes(layer));
  const total = { passed: 0, failed: 0, skipped: 0 };
  const skips = [];

  if (chosen.some((layer) => needControlPlanes.has(layer))) {
    const testbed = await step('building the test control planes', () =>
      ensureTestbed({ log: (line) => process.stdout.write(`  ${line}\n`) }),
    );
    if (testbed.skipped !== undefined) skips.push(`real control planes: ${testbed.skipped}`);
  }
  if (chosen.includes('browser')) await buildPortal();
  if (chosen.includes('checks')) await staticChecks(total);
  const inVitest = chosen.filter((layer) => layer !== 'mutants');
  if (inVitest.length > 0) await vitest(inVitest, total, skips);
  if (chosen.includes('mutants')) await mutants(total);

  process.stdout.write('\n');
  for (const skip of skips) process.stdout.write(`skipped: ${skip}\n`);
  process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
  return total.failed === 0 ? 0 : 1;
}

async function staticChecks(total) {
  const checks = [
    ['format', binary('biome'), ['format', '.']],
    ['lint', binary('biome'), ['lint', '--error-on-warnings', '.']],
    ...(await typeChecks()).map((file) => [`types ${path.dirname(file)}`, binary('tsc'), ['-p', file]]),
  ];
  for (const [name, command, args] of checks) {
    const { code, output } = await step(name, () => run(command, args, { capture: true }));
    if (code === 0) total.passed += 1;
    else {
      total.failed += 1;
      process.stdout.write(`\n${name} failed\n${output}\n`);
    }
  }
}

/** Lanes of mutants: they wait half of the time, so one more than the two cores this must fit. */
const lanes = 3;

/** Broken modules that the attack tests must catch; each counts as one. */
async function mutants(total) {
  const numbers = Array.from({ length: lanes }, (_, index) => index + 1);
  await Promise.all(numbers.map((number) => mutantLane(number, total)));
}

async function mutantLane(number, total) {
  const file = path.join(root, `artefacts/mutants-${number}.json`);
  await rm(file, { force: true });
  const { code } = await run(node, [path.join(root, 'tools/mutants/run.ts'), `--lane=${number}/${lanes}`], {
    env: environment({ NODE_OPTIONS: '--disable-warning=ExperimentalWarning', CI: 'true' }),
  });
  const result = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : { passed: 0, failed: 0 };
  total.passed += result.passed;
  total.failed += result.failed;
  if (code !== 0 && result.failed === 0) total.failed += 1;
}

async function typeChecks() {
  const files = ['tsconfig.json'];
  for (const folder of ['apps', 'packages']) {
    for (const name of await readdir(path.join(root, folder))) {
      const file = `${folder}/${name}/tsconfig.json`;
      if (existsSync(path.join(root, file))) files.push(file);
    }
  }
  return files;
}

async function vitest(chosen, total, skips) {
  const folder = path.join(root, 'artefacts');
  const file = path.join(folder, 'vitest.json');
  await mkdir(folder, { recursive: true });
  await rm(file, { force: true });
  const args = ['run', '--passWithNoTests', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code } = await run(
    node,
    [path.join(root, 'node_modules/vitest/vitest.mjs'), ...args, ...chosen.flatMap((layer) => ['--project', layer])],
    {
      env: environment({ NODE_OPTIONS: '--disable-warning=ExperimentalWarning', CI: 'true' }),
    },
  );
  const report = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined;
  total.passed += report?.numPassedTests ?? 0;
  total.failed += report?.numFailedTests ?? 0;
  for (const suite of report?.testResults ?? []) {
    for (const result of suite.assertionResults) {
      if (!['pending', 'skipped', 'todo', 'disabled'].includes(result.status)) continue;
      total.skipped += 1;
      skips.push(`${path.relative(root, suite.name)}: ${result.fullName}`);
    }
  }
  // A setup or a file that throws, or a runner that dies, fails no test by itself.
  const crashed = report === undefined || (code !== 0 && report.numFailedTests === 0);
  if (crashed) total.failed += 1;
}
