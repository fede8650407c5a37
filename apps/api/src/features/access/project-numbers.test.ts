import { describe, expect, it } from 'vitest';
import { chooseNumber } from './project-numbers.ts';

const ours = { installation: 'testtest', project: 'shop' };
const isOurs = (owner: { installation: string | undefined; project: string | undefined }) =>
  owner.installation === ours.installation && owner.project === ours.project;
const choose = (
  rows: { number: number; left: boolean }[],
  named: [number, { installation: string | undefined; project: string | undefined }[]][] = [],
  listed = [1, 2, 3, 4],
) => chooseNumber(rows, { listed, named: new Map(named) }, isOurs);
const foreign = { installation: undefined, project: undefined };

describe('the number of a project in a cluster', () => {
  it('is the first that no row and no binding names', () => {
    expect(choose([])).toBe(1);
    expect(choose([{ number: 1, left: false }], [[2, [foreign]]])).toBe(3);
  });

  it('is a left one only when all others were had, the one left longest ago first', () => {
    const left = (number: number) => ({ number, left: true });
    expect(choose([left(1)])).toBe(2);
    expect(choose([left(3), left(1), { number: 2, left: false }, { number: 4, left: false }])).toBe(3);
    expect(choose([left(3), left(1), left(2), left(4)], [[3, [foreign]]])).toBe(1);
  });

  it('is the one whose bindings are all of this project and installation', () => {
    expect(choose([], [[3, [ours, ours]]])).toBe(3);
    expect(choose([], [[3, [ours, foreign]]])).toBe(1);
    expect(choose([], [[3, [{ ...ours, installation: 'another1' }]]])).toBe(1);
    expect(choose([], [[3, [{ ...ours, project: 'bank' }]]])).toBe(1);
    expect(choose([{ number: 3, left: false }], [[3, [ours]]])).toBe(1);
  });

  it('is none when every listed one is had or named', () => {
    expect(choose([{ number: 1, left: false }], [[2, [foreign]]], [1, 2])).toBeUndefined();
    expect(choose([], [], [])).toBeUndefined();
  });
});
