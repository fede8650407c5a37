import { describe, expect, it } from 'vitest';
import { type ClusterSet, membersOf, parseSelector, selectorsOf, slugsOf } from './cluster-sets.ts';

const clusters: { slug: string; labels: Record<string, string> }[] = [
  { slug: 'bj-1', labels: { tier: 'production', region: 'north' } },
  { slug: 'nb-1', labels: { tier: 'production', region: 'east' } },
  { slug: 'test-1', labels: { tier: 'test' } },
];
const set = (name: string, ...selectors: ClusterSet['selectors']): ClusterSet => ({
  id: name,
  name,
  mine: true,
  revision: 1,
  selectors,
});

describe('a cluster set', () => {
  it('holds what any of its selectors matches now, by labels and by the name of a cluster', () => {
    expect(membersOf([{ tier: 'production', region: 'east' }, { cluster: 'test-1' }], clusters)).toEqual([
      'nb-1',
      'test-1',
    ]);
    expect(membersOf([{ tier: 'staging' }], clusters)).toEqual([]);
  });

  it('stands in a scope beside names; nothing named is everything, a set without members is nothing', () => {
    const sets = [set('prod', { tier: 'production' }), set('empty', { tier: 'staging' })];
    expect(slugsOf([], sets, clusters)).toEqual([]);
    expect(slugsOf(['test-1'], sets, clusters)).toEqual(['test-1']);
    expect(slugsOf(['set:prod', 'test-1', 'bj-1'], sets, clusters)).toEqual(['bj-1', 'nb-1', 'test-1']);
    expect(slugsOf(['set:empty'], sets, clusters)).toEqual(['-']);
    expect(slugsOf(['set:gone'], sets, clusters)).toEqual(['-']);
  });

  it.each([
    ['tier=production', { tier: 'production' }],
    [' tier=production,  region=east ', { tier: 'production', region: 'east' }],
    ['tier', undefined],
    ['=x', undefined],
    ['a=b=c', undefined],
    ['', undefined],
  ])('reads %j as %j', (text, selector) => expect(parseSelector(text)).toEqual(selector));

  it('is made of every combination of what was picked', () => {
    expect(selectorsOf({ tier: ['production', 'test'], region: ['east'], site: [] })).toEqual([
      { tier: 'production', region: 'east' },
      { tier: 'test', region: 'east' },
    ]);
    expect(selectorsOf({ tier: [] })).toEqual([]);
  });
});
