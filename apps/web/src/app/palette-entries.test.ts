import { describe, expect, it } from 'vitest';
import { grouped, inGroups, matching, modeOf } from './palette-entries.ts';

const kinds = [
  { group: 'core', plural: 'pods', kind: 'Pod' },
  { group: 'apps', plural: 'deployments', kind: 'Deployment' },
  { group: 'example.com', plural: 'widgets', kind: 'Widget' },
];
const [pods, deployments, widgets] = kinds;

describe('what the palette searches', () => {
  it.each([
    ['cart', { mode: 'all', kind: undefined, words: 'cart' }],
    ['> dark', { mode: 'actions', kind: undefined, words: 'dark' }],
    [':po cart', { mode: 'kind', kind: pods, words: 'cart' }],
    [':Deployment', { mode: 'kind', kind: deployments, words: '' }],
    [':widgets.example.com a', { mode: 'kind', kind: widgets, words: 'a' }],
    [':depl', { mode: 'kind', kind: undefined, words: 'depl' }],
    ['@bj', { mode: 'clusters', kind: undefined, words: 'bj' }],
    ['#cart', { mode: 'applications', kind: undefined, words: 'cart' }],
  ])('%s', (typed, meant) => expect(modeOf(typed, kinds)).toEqual(meant));
});

describe('matching entries', () => {
  const entry = (label: string, group = 'Pages') => ({ key: label, group, label, detail: '', run: () => undefined });
  it('hold every word, what begins with it first', () => {
    const found = matching([entry('New application'), entry('Applications'), entry('Audit')], 'app');
    expect(found.map(({ label }) => label)).toEqual(['Applications', 'New application']);
    expect(matching([entry('New application')], 'new app')).toHaveLength(1);
  });

  it('stand in their groups, and arrows go down the list as it is shown', () => {
    const shown = inGroups([entry('a', 'Pod'), entry('b', 'Service'), entry('c', 'Pod')]);
    expect(shown.map(({ label }) => label)).toEqual(['a', 'c', 'b']);
    expect(grouped(shown).map(({ group, entries }) => [group, entries.map(({ index }) => index)])).toEqual([
      ['Pod', [0, 1]],
      ['Service', [2]],
    ]);
  });
});
