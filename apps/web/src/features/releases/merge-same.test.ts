import { describe, expect, it } from 'vitest';
import { mergeSame } from './merge-same.ts';

describe('changes in several clusters', () => {
  const change = { kind: 'Deployment', name: 'cart', change: 'change', before: 'a: 1', after: 'a: 2' };
  it('are told once where they are alike, and apart where they differ', () => {
    const merged = mergeSame([
      { ...change, cluster: 'nb-1' },
      { ...change, cluster: 'bj-1' },
      { ...change, cluster: 'cloud-1', after: 'a: 3' },
    ]);
    expect(merged.map(({ clusters }) => clusters)).toEqual([['bj-1', 'nb-1'], ['cloud-1']]);
  });
});
