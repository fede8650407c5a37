import type { Cluster } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { countFacet, filterClusters, type Picked, pickedOf, unset } from './cluster-filter.ts';

const cluster = (slug: string, labels: Record<string, string>, state: Cluster['state'] = 'connected'): Cluster => ({
  id: `clu_${slug}`,
  detail: 'full',
  slug,
  displayName: slug,
  color: 0,
  unstable: false,
  state,
  stateSince: '2026-11-25T11:00:00Z',
  labels,
  createdAt: '2026-11-01T00:00:00Z',
});
const fleet = [
  cluster('bj-1', { tier: 'production', region: 'beijing' }),
  cluster('bj-2', { tier: 'test', region: 'beijing' }, 'unreachable'),
  cluster('nb-1', { tier: 'production', region: 'ningbo' }),
  cluster('lab', {}),
];
const nothing = pickedOf([]);
const slugs = (picked: Partial<Picked>, words = '') =>
  filterClusters(fleet, { ...nothing, ...picked }, words, new Map()).map(({ slug }) => slug);

describe('narrowing the list of clusters', () => {
  it('asks for one of the values of a facet and for all facets', () => {
    expect(slugs({ region: ['beijing', 'ningbo'], tier: ['production'] })).toEqual(['bj-1', 'nb-1']);
    expect(slugs({ state: ['unreachable'] })).toEqual(['bj-2']);
  });

  it('finds clusters that nobody labelled', () => {
    expect(slugs({ tier: [unset] })).toEqual(['lab']);
  });

  it('asks for all words, wherever they stand', () => {
    expect(slugs({}, 'BEIJING test')).toEqual(['bj-2']);
  });

  it('counts a facet among what the others leave, so that a second value can be added', () => {
    const picked = { ...nothing, tier: ['production'], region: ['beijing'] };
    expect(countFacet(fleet, picked, 'region')).toEqual([
      ['beijing', 1],
      ['ningbo', 1],
    ]);
    expect(countFacet(fleet, nothing, 'tier')).toEqual([
      ['production', 2],
      [unset, 1],
      ['test', 1],
    ]);
  });
});
