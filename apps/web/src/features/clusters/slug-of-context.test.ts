import { describe, expect, it } from 'vitest';
import { slugOfContext } from './slug-of-context.ts';

describe('the short name of a context', () => {
  it.each([
    ['kubernetes-admin@bj-1', 'bj-1'],
    ['arn:aws:eks:eu-west-1:123456789012:cluster/Shop_Prod', 'shop-prod'],
    ['gke_my-project_europe-west1-b_shop', 'shop'],
    ['10.0.0.1:6443', 'c-10-0-0-1-6443'],
    ['--', 'cluster'],
  ])('of %s is %s', (context, slug) => {
    expect(slugOfContext(context, new Set())).toBe(slug);
  });

  it('is none that is taken, and fits the 40 characters of a short name', () => {
    expect(slugOfContext('bj-1', new Set(['bj-1', 'bj-1-2']))).toBe('bj-1-3');
    const long = 'a'.repeat(60);
    const second = slugOfContext(long, new Set([slugOfContext(long, new Set())]));
    expect(second).toBe(`${'a'.repeat(38)}-2`);
  });
});
