import { describe, expect, it } from 'vitest';
import { type BindingOwner, cameLater } from './project-numbers.ts';

const ours = (since: string): BindingOwner => ({ installation: 'aaaaaaaa', project: 'shop', since });
const theirs = (since: string): BindingOwner => ({ installation: 'bbbbbbbb', project: 'bank', since });
const isOurs = ({ installation }: BindingOwner) => installation === 'aaaaaaaa';
const later = (...owners: BindingOwner[]) => cameLater({ named: new Map([[7, owners]]) }, 7, isOurs);

describe('a number that two installations took', () => {
  it('stays with the first, and both see the same one as the first', () => {
    expect(later(ours('10:00:01 u1'), theirs('10:00:00 u2'))).toBe(true);
    expect(later(ours('10:00:00 u1'), theirs('10:00:01 u2'))).toBe(false);
    expect(later(ours('10:00:00 u2'), theirs('10:00:00 u1'))).toBe(true);
    expect(later(ours('10:00:00 u1'), theirs('10:00:00 u2'))).toBe(false);
    expect(later(ours('10:00:05 u1'), ours('10:00:00 u9'), theirs('10:00:01 u2'))).toBe(false);
  });

  it('is nobody else’s when nobody else names it', () => {
    expect(later(ours('10:00:00 u1'))).toBe(false);
    expect(cameLater({ named: new Map() }, 7, isOurs)).toBe(false);
  });
});
