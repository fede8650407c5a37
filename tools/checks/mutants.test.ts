import { describe, expect, it } from 'vitest';
import { type MutantEntry, mutants } from '../mutants/list.ts';
import { anyOf } from '../mutants/verdict.ts';
import { projectFiles, readProjectFile } from './sources.ts';

const harness = new Set([
  'apply',
  'environment',
  'guest',
  'list',
  'mutate',
  'run',
  'spawned',
  'verdict',
  'vitest.config',
]);

/** What is wrong with an entry, without running it. */
function complaints(mutant: MutantEntry, files: ReadonlySet<string>, read: (file: string) => string): string[] {
  const missing = [`tools/mutants/${mutant.name}.ts`, mutant.module, ...Object.keys(mutant.caughtBy)]
    .filter((file) => !files.has(file))
    .map((file) => `${mutant.name}: ${file} does not exist`);
  const unnamed = Object.entries(mutant.caughtBy).flatMap(([file, ids]) =>
    ids
      .filter((id) => files.has(file) && !anyOf([id]).test(read(file)))
      .map((id) => `${mutant.name}: no test of ${file} has ${id} in its title`),
  );
  return [...missing, ...unnamed];
}

const files = new Set(projectFiles(/\.ts$/));

describe('mutants', () => {
  it('name a module, their file, and tests that carry the id of an attack', () => {
    expect(mutants.length).toBeGreaterThan(10);
    expect(mutants.flatMap((mutant) => complaints(mutant, files, readProjectFile))).toEqual([]);
  });

  it('are all on the list, once, sorted by name', () => {
    const listed = mutants.map((mutant) => mutant.name);
    const written = [...files]
      .map((file) => /^tools\/mutants\/(.*?)(?:\.test)?\.ts$/.exec(file)?.[1])
      .filter((name) => name !== undefined && !harness.has(name));
    expect(listed).toEqual([...new Set(listed)].sort());
    expect(listed).toEqual([...new Set(written)].sort());
  });
});

describe('the check itself', () => {
  it('sees a missing file and a title without the id', () => {
    const entry = { name: 'none', module: 'apps/none.ts', caughtBy: { 'package.json': ['S99'] } };
    expect(complaints(entry, new Set(['package.json']), () => 'S9')).toHaveLength(3);
  });
});
