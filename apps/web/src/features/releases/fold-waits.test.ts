import type { ReleaseWait } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { foldWaits } from './fold-waits.ts';
import { t } from './releases.messages.ts';

const decision = (name: string, wave: number): ReleaseWait => ({ for: 'decision', name, wave });
const wordsOf = (waits: ReleaseWait[]) => foldWaits(waits).map(({ wait, clusters }) => t.waits(wait, clusters));

describe('what a release stands still for', () => {
  it('is said once for clusters that wait for the same, by name', () => {
    expect(
      wordsOf([decision('nb-1', 0), { for: 'approval', wave: 1, needed: 2, given: 1 }, decision('bj-1', 1)]),
    ).toEqual(['bj-1 and nb-1 ask for a decision', 'Waiting for 1 more approval']);
  });

  it('counts clusters that are too many to be named', () => {
    const names = ['a', 'b', 'c', 'd'];
    expect(wordsOf(names.slice(0, 3).map((name) => decision(name, 0)))).toEqual(['a, b and c ask for a decision']);
    expect(wordsOf(names.map((name): ReleaseWait => ({ for: 'cluster', name, wave: 0 })))).toEqual([
      '4 clusters do not answer: waiting for them',
    ]);
  });

  it('speaks of one cluster as of one', () => {
    expect(wordsOf([decision('bj-1', 0)])).toEqual(['bj-1 asks for a decision']);
  });
});
