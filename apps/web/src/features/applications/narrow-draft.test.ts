import { describe, expect, it } from 'vitest';
import { fromNarrowDraft, sidesOf, toNarrowDraft } from './narrow-draft.ts';

const place = (name: string, namespace = 'shop') => ({ clusterId: `clu_${name}`, cluster: name, namespace }) as never;
const seen = (slug: string, region: string) => ({ id: `clu_${slug}`, slug, labels: { region } });
const places = { inside: [place('beta'), place('beta', 'shop-2')], outside: [place('alpha'), place('far')] };
const fleet = [seen('alpha', 'eu'), seen('beta', 'us')];

describe('what an application is narrowed to, as it is typed', () => {
  it('comes back as it was', () => {
    for (const selector of [null, { labels: { region: 'eu', ring: '1' } }, { clusters: ['clu_a', 'clu_b'] }] as never[])
      expect(fromNarrowDraft(toNarrowDraft(selector))).toEqual(selector);
  });

  it('is not sent while it says nothing', () => {
    const empty = { labels: '', clusters: [] };
    expect(fromNarrowDraft({ ...empty, by: 'labels' })).toBeUndefined();
    expect(fromNarrowDraft({ ...empty, by: 'labels', labels: 'region' })).toBeUndefined();
    expect(fromNarrowDraft({ ...empty, by: 'clusters' })).toBeUndefined();
    expect(fromNarrowDraft({ ...empty, by: 'all' })).toBeNull();
  });

  it('tells each cluster once, what is left and what falls away, before it is saved', () => {
    expect(sidesOf(null, places, fleet)).toEqual({ inside: ['alpha', 'beta', 'far'], outside: [], hidden: 0 });
    const named = { clusters: ['clu_far'] } as never;
    expect(sidesOf(named, places, fleet)).toEqual({ inside: ['far'], outside: ['alpha', 'beta'], hidden: 0 });
    // The labels of a cluster that one may not see are not known.
    const labels = { labels: { region: 'eu' } };
    expect(sidesOf(labels, places, fleet)).toEqual({ inside: ['alpha'], outside: ['beta'], hidden: 1 });
    expect(sidesOf({ labels: { cluster: 'beta' } }, places, fleet).inside).toEqual(['beta']);
  });
});
