import { expect, it } from 'vitest';
import { selects } from './label-selector.ts';

const pod = (labels: Record<string, string>) => ({ metadata: { labels } });

it('takes an object by labels and expressions, all of them', () => {
  const selector = {
    matchLabels: { app: 'cart' },
    matchExpressions: [{ key: 'track', operator: 'NotIn', values: ['canary'] }],
  };
  expect(selects(selector, pod({ app: 'cart' }))).toBe(true);
  expect(selects(selector, pod({ app: 'cart', track: 'canary' }))).toBe(false);
  expect(selects(selector, pod({ app: 'shop' }))).toBe(false);
  expect(selects({ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, pod({ app: 'x' }))).toBe(true);
});

it('takes all where it is empty, and nothing where there is none', () => {
  expect(selects({}, pod({}))).toBe(true);
  expect(selects(undefined, pod({ app: 'cart' }))).toBe(false);
});
