import { describe, expect, it } from 'vitest';
import { mutants } from '../mutants/list.ts';
import { attackIds, brokenRows, type Evidence, rowsOf, surfaces } from './attacks.ts';
import { projectFiles, readProjectFile } from './sources.ts';

const rows = rowsOf(readProjectFile('docs/security/attacks.md'));
const tests = new Set(projectFiles(/\.(test|spec)\.tsx?$/));
const product = projectFiles(/^(apps|packages)\/.*\.tsx?$/).filter(
  (file) => !/\.(test|spec|fixture)\.tsx?$/.test(file),
);

const evidence: Evidence = {
  read: (file) => (tests.has(file) ? readProjectFile(file) : undefined),
  // A mutant may name one test of an attack by more of its title.
  mutants: new Map(
    mutants.map(({ name, caughtBy }) => [
      name,
      new Set(
        Object.values(caughtBy)
          .flat()
          .map((title) => title.split(' ')[0] ?? ''),
      ),
    ]),
  ),
  builtIn(surface) {
    const sign = surfaces[surface];
    return product.find((file) => sign?.file.test(file) === true && sign.text.test(readProjectFile(file)));
  },
};

describe('the catalogue of attacks', () => {
  it('has every row once', () => expect(rows.map((row) => row.id).sort()).toEqual(attackIds));

  it('names tests and mutants that exist, and says of no surface that it is missing when it is there', () => {
    expect(brokenRows(rows, evidence)).toEqual([]);
  });
});

describe('the check itself', () => {
  const row = (test: string, mutant = '') => rowsOf(`| S01 | attack | ${test} | ${mutant} |`);
  const nothing: Evidence = { read: () => undefined, mutants: new Map(), builtIn: () => undefined };

  it('sees a row without a test, with a test that is gone or untitled, with a mutant that is gone', () => {
    expect(brokenRows(row(''), nothing)).toEqual(['S01: names no test']);
    expect(brokenRows(row('`a.test.ts`'), nothing)).toEqual(['S01: a.test.ts does not exist']);
    expect(brokenRows(row('`a.test.ts`', '`m`'), { ...nothing, read: () => "it('S02 x'" })).toHaveLength(2);
    expect(brokenRows(row('`a.test.ts`'), { ...nothing, read: () => "it('S01 x'" })).toEqual([]);
  });

  it('sees a surface that has been built, and one it does not know', () => {
    expect(brokenRows(row('not built: proxy'), nothing)).toEqual([]);
    expect(brokenRows(row('not built: proxy'), { ...nothing, builtIn: () => 'apps/api/src/proxy.ts' })).toHaveLength(1);
    expect(brokenRows(row('not built: nothing-known'), nothing)).toHaveLength(1);
    expect(surfaces.hooks?.text.test("path: '/hooks/:id'")).toBe(true);
  });
});
