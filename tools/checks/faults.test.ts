import { describe, expect, it } from 'vitest';
import { mutants } from '../mutants/list.ts';
import { brokenFaultRows, type FaultEvidence, faultRowsOf } from './faults.ts';
import { projectFiles, readProjectFile } from './sources.ts';

const rows = faultRowsOf(readProjectFile('docs/security/faults.md'));
const tests = new Set(projectFiles(/\.(test|spec)\.tsx?$/));
const benches = new Set(projectFiles(/^bench\/.*\.bench\.ts$/));

const evidence: FaultEvidence = {
  read: (file) => (tests.has(file) ? readProjectFile(file) : undefined),
  isBench: (name) => benches.has(`bench/${name}.bench.ts`),
  mutants: new Map(
    mutants.map(({ name, caughtBy, slowly = {} }) => [name, new Set(Object.keys({ ...caughtBy, ...slowly }))]),
  ),
};

describe('the list of faults', () => {
  it('has a row of each', () => {
    expect(rows.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['F14', 'F15', 'F16', 'F17', 'F25', 'F26', 'R28', 'R29']),
    );
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  it('names tests, benchmarks and mutants that exist', () => {
    expect(brokenFaultRows(rows, evidence)).toEqual([]);
  });
});

describe('the check itself', () => {
  const row = (shown: string, seen = '') => faultRowsOf(`| F99 | a fault | ${shown} | ${seen} |`);
  const some: FaultEvidence = {
    read: (file) => (file === 'a.test.ts' ? "it('holds', …" : undefined),
    isBench: () => false,
    mutants: new Map([['one-broken', new Set(['b.test.ts'])]]),
  };

  it('sees a row without a test, and one whose test, title, benchmark or mutant is gone', () => {
    expect(brokenFaultRows(row('nothing'), some)).toEqual(['F99: names no test']);
    expect(brokenFaultRows(row('`b.test.ts` “holds”'), some)).toEqual(['F99: b.test.ts does not exist']);
    expect(brokenFaultRows(row('`a.test.ts`'), some)).toEqual(['F99: a.test.ts is named without a title']);
    expect(brokenFaultRows(row('`a.test.ts` “breaks”'), some)).toHaveLength(1);
    expect(brokenFaultRows(row('`npm run bench -- x`'), some)).toHaveLength(1);
    expect(brokenFaultRows(row('`a.test.ts` “holds”', '`no-such`'), some)).toHaveLength(1);
    expect(brokenFaultRows(row('`a.test.ts` “holds”', '`one-broken`'), some)).toHaveLength(1);
    expect(brokenFaultRows(row('`a.test.ts` “holds”', 'by hand'), some)).toEqual([]);
  });
});
