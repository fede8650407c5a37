import { describe, expect, it } from 'vitest';
import { matching, modeOf } from './palette-entries.ts';

describe('what the palette searches', () => {
  it.each([
    ['cart', { mode: 'all', kind: undefined, words: 'cart' }],
    ['> dark', { mode: 'actions', kind: undefined, words: 'dark' }],
    [':po cart', { mode: 'kind', kind: 'pods', words: 'cart' }],
    [':Deployment', { mode: 'kind', kind: 'deployments', words: '' }],
    [':depl', { mode: 'kind', kind: undefined, words: 'depl' }],
    ['@bj', { mode: 'clusters', kind: undefined, words: 'bj' }],
    ['#cart', { mode: 'applications', kind: undefined, words: 'cart' }],
  ])('%s', (typed, meant) => expect(modeOf(typed)).toEqual(meant));
});

describe('matching entries', () => {
  const entry = (label: string) => ({ key: label, label, detail: '', run: () => undefined });
  it('hold every word, what begins with it first', () => {
    const found = matching([entry('New application'), entry('Applications'), entry('Audit')], 'app');
    expect(found.map(({ label }) => label)).toEqual(['Applications', 'New application']);
    expect(matching([entry('New application')], 'new app')).toHaveLength(1);
  });
});
