import { describe, expect, it } from 'vitest';
import { filterOf, placesOf, type ScopedEnvironment } from './environments.ts';
import { wholeFleet } from './scope.ts';

const clusters: { slug: string; labels: Record<string, string> }[] = [
  { slug: 'bj-1', labels: { tier: 'production', region: 'north' } },
  { slug: 'nb-1', labels: { tier: 'production', region: 'east' } },
  { slug: 'test-1', labels: { tier: 'test' } },
];
const environments: ScopedEnvironment[] = [
  {
    project: 'shop',
    name: 'production',
    tier: 'production',
    rules: [{ selector: { tier: 'production' }, namespace: 'shop' }],
  },
  { project: 'shop', name: 'test', tier: 'test', rules: [{ selector: { cluster: 'test-1' }, namespace: 'shop-test' }] },
  {
    project: 'video',
    name: 'production',
    tier: 'production',
    rules: [{ selector: { cluster: 'bj-1' }, namespace: 'video' }],
  },
];

describe('the places of a scope', () => {
  it('are everywhere when nothing narrows', () => {
    expect(placesOf(wholeFleet, environments, clusters)).toEqual({ clusters: undefined, namespaces: undefined });
  });

  it('follow the rules of the environments, by labels and by the name of a cluster', () => {
    expect(placesOf({ ...wholeFleet, project: ['shop'] }, environments, clusters)).toEqual({
      clusters: ['bj-1', 'nb-1', 'test-1'],
      namespaces: ['shop', 'shop-test'],
    });
    expect(placesOf({ ...wholeFleet, project: ['shop'], env: ['test'] }, environments, clusters)).toEqual({
      clusters: ['test-1'],
      namespaces: ['shop-test'],
    });
  });

  it('are cut by the clusters that are picked, down to none', () => {
    expect(placesOf({ project: [], env: ['production'], clusters: ['nb-1'] }, environments, clusters).clusters).toEqual(
      ['nb-1'],
    );
    expect(placesOf({ project: ['video'], env: [], clusters: ['nb-1'] }, environments, clusters).clusters).toEqual([]);
  });
});

describe('places as filters of a list', () => {
  it('name clusters and namespaces, or leave them open', () => {
    expect(filterOf({ clusters: ['a', 'b'], namespaces: undefined })).toEqual({
      clusters: 'a,b',
      namespaces: undefined,
    });
    expect(filterOf({ clusters: undefined, namespaces: undefined })).toEqual({});
  });

  it('find nothing, not everything, where a scope holds no place', () => {
    expect(filterOf({ clusters: [], namespaces: ['shop'] })).toEqual({ namespaces: '-' });
    expect(filterOf({ clusters: ['a'], namespaces: [] })).toEqual({ namespaces: '-' });
  });
});
