import { describe, expect, it } from 'vitest';
import { broken } from './mutate.ts';
import { type TestOutcome, verdictOf } from './verdict.ts';

const file = 'x.test.ts';
const mutant = { caughtBy: { [file]: ['S01', 'S02'] } };
const outcomes = (first: TestOutcome['state'], second: TestOutcome['state']) => [
  {
    file,
    outcomes: [
      { title: 'headers > S01 of every case', state: first },
      { title: 'S02 hop by hop', state: second },
    ],
  },
];

describe('a mutant', () => {
  it('is caught when a test of each row fails', () => {
    expect(verdictOf(mutant, outcomes('failed', 'failed'), [])).toEqual([]);
  });

  it('survives when the test of one row passes, and is told which', () => {
    expect(verdictOf(mutant, outcomes('failed', 'passed'), [])).toEqual([
      'passed on the broken module: S02 hop by hop',
    ]);
  });

  it('is not caught by a test that is missing, did not run, or whose file broke', () => {
    expect(verdictOf({ caughtBy: { [file]: ['S03'] } }, outcomes('failed', 'failed'), [])).toEqual([
      'no test of x.test.ts has S03 in its title',
    ]);
    expect(verdictOf({ caughtBy: { 'y.test.ts': ['S01'] } }, outcomes('failed', 'failed'), [])).toHaveLength(1);
    expect(verdictOf(mutant, outcomes('skipped', 'failed'), [])).toEqual(['no test of S01 in x.test.ts ran']);
    expect(verdictOf(mutant, outcomes('failed', 'failed'), ['beforeAll threw'])).toEqual([
      'the tests could not run: beforeAll threw',
    ]);
  });

  it('breaks the exports it names, and only those a module still has', () => {
    const real = { a: () => 1, b: () => 2 };
    const module = broken(real, {
      b:
        ({ a }) =>
        () =>
          a() + 10,
    });
    expect([module.a(), module.b()]).toEqual([1, 11]);
    expect(() => broken(real, { c: () => () => 0 } as object)).toThrow('no export c');
  });
});
