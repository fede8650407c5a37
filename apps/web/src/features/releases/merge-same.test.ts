import { describe, expect, it } from 'vitest';
import { mergeFindings, mergeSame } from './merge-same.ts';

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

  it('are alike where only what stays as it is differs', () => {
    const of = (cluster: string, replicas: number) => ({
      ...change,
      cluster,
      before: `cluster: ${cluster}\nreplicas: 1`,
      after: `cluster: ${cluster}\nreplicas: ${replicas}`,
    });
    const merged = mergeSame([of('nb-1', 2), of('bj-1', 2), of('cloud-1', 3)]);
    expect(merged.map(({ clusters }) => clusters)).toEqual([['bj-1', 'nb-1'], ['cloud-1']]);
  });
});

describe('what was found in several clusters', () => {
  const isNew = {
    level: 'info' as const,
    code: 'namespace_missing',
    detail: 'Namespace shop does not exist there yet.',
  };
  const full = (cluster: string) => ({
    level: 'block' as const,
    code: 'unschedulable_resources',
    detail: `0 of its 1 pods find a node in ${cluster}.`,
  });
  it('is told once with the clusters where it is alike, what stands in the way first', () => {
    const merged = mergeFindings([
      { cluster: 'nb-1', findings: [isNew, full('nb-1')] },
      { cluster: 'bj-1', findings: [isNew] },
      { cluster: 'cloud-1', findings: [] },
    ]);
    expect(merged).toEqual([
      { finding: full('nb-1'), clusters: ['nb-1'] },
      { finding: isNew, clusters: ['bj-1', 'nb-1'] },
    ]);
  });
});
