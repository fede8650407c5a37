import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { createVitest, type TestModule, type Vitest } from 'vitest/node';
import { type MutantEntry, mutants } from './list.ts';
import { anyOf, type TestOutcome, verdictOf } from './verdict.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Runs the attack tests of one mutant in the running Vitest. */
async function runMutant(vitest: Vitest, mutant: MutantEntry): Promise<string[]> {
  const project = vitest.getRootProject();
  project.provide('mutant', { ...mutant, root });
  const specifications = Object.entries(mutant.caughtBy).map(([file, ids]) =>
    project.createSpecification(path.join(root, file), { testNamePattern: anyOf(ids) }),
  );
  vitest.state.clearErrors();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const errors = unhandledErrors.map(wordsOf);
  // A module of an earlier mutant whose hook failed is told of again; it says nothing of this one.
  const asked = testModules.filter((module) => path.relative(root, module.moduleId) in mutant.caughtBy);
  const ran = asked.map((module) => {
    errors.push(...module.errors().map((error) => error.message));
    return { file: path.relative(root, module.moduleId), outcomes: outcomesOf(module) };
  });
  return verdictOf(mutant, ran, errors);
}

/** Errors of a worker come as plain objects. */
function wordsOf(error: unknown): string {
  return error instanceof Object && 'message' in error ? String(error.message) : inspect(error);
}

function outcomesOf(module: TestModule): TestOutcome[] {
  return [...module.children.allTests()].map((test) => ({ title: test.fullName, state: test.result().state }));
}

/** `1/2`: every second mutant from the first on. Many wait for a time to pass, so lanes run side by side. */
function laneOf(text: string | undefined): { first: number; lanes: number } {
  const [number = 1, lanes = 1] = (text ?? '1/1').split('/').map(Number);
  return { first: number - 1, lanes };
}

/** Mutants by their tests that take long. */
function slowOnes(): readonly MutantEntry[] {
  return mutants.flatMap(({ slowly, ...mutant }) => (slowly === undefined ? [] : [{ ...mutant, caughtBy: slowly }]));
}

/**
 * `node tools/mutants/run.ts [--slow] [--lane=1/2] [name …]`: one line per mutant; exit 1 when one survives. The counts are
 * left in `artefacts/mutants-<lane>.json`.
 */
async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith('--'));
  const { first, lanes } = laneOf(args.find((arg) => arg.startsWith('--lane='))?.slice('--lane='.length));
  const unknown = names.find((name) => !mutants.some((mutant) => mutant.name === name));
  if (unknown !== undefined) throw new Error(`There is no mutant ${unknown} in tools/mutants/list.ts.`);
  const chosen = (args.includes('--slow') ? slowOnes() : mutants)
    .filter(({ caughtBy }) => Object.keys(caughtBy).length > 0)
    .filter((mutant) => names.length === 0 || names.includes(mutant.name))
    .filter((_, index) => index % lanes === first);
  const config = path.join(root, 'tools/mutants/vitest.config.ts');
  const vitest = await createVitest({ root, config, watch: false, reporters: [{}] });
  const result = { passed: 0, failed: 0 };
  try {
    await vitest.standalone();
    for (const mutant of chosen) {
      const started = performance.now();
      const complaints = await runMutant(vitest, mutant);
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      if (complaints.length === 0) result.passed += 1;
      else result.failed += 1;
      const word = complaints.length === 0 ? 'caught  ' : 'SURVIVED';
      process.stdout.write(
        `${word} ${mutant.name} (${[...new Set(Object.values(mutant.caughtBy).flat())].join(', ')}) in ${seconds} s\n`,
      );
      for (const complaint of complaints) process.stdout.write(`         ${complaint}\n`);
    }
  } finally {
    await vitest.close();
  }
  await mkdir(path.join(root, 'artefacts'), { recursive: true });
  await writeFile(path.join(root, `artefacts/mutants-${first + 1}.json`), JSON.stringify(result));
  return result.failed === 0 ? 0 : 1;
}

process.exit(await main(process.argv.slice(2)));
