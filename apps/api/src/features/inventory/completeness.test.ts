import type { ClusterAnswer } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import type { Extent } from './cluster-sight.ts';
import { ageOf, mayHave, withSight } from './completeness.ts';

const none = (trust: Extent['trust']) => ({ extent: 'none', trust }) as Extent;
const away = { state: 'cut_off', error: 'Nothing answers there.' } as ClusterAnswer;
const here = { state: 'live' } as ClusterAnswer;

describe('what a cluster that shows nothing says of itself', () => {
  it('is that it is away, where it was never reached: nobody reads its roles meanwhile', () => {
    expect(withSight(away, 'pods', none('unread'))).toEqual({ ...away, sight: 'none' });
  });

  it('is that its roles are being read, while it answers', () => {
    expect(withSight(here, 'pods', none('unread'))).toMatchObject({ state: 'syncing', sight: 'none' });
  });

  it('is that its own roles hide them, where they are known', () => {
    expect(withSight(here, 'pods', none('known'))).toMatchObject({
      state: 'denied',
      error: 'Its own roles let you see no pods.',
    });
  });
});

describe('a kind that nobody is shown', () => {
  it('is refused to the worker first of all: what mends that stands on Health, and no role of a person does', () => {
    const refused = { state: 'denied', error: 'certificates is forbidden' } as ClusterAnswer;
    expect(withSight(refused, 'certificates.cert-manager.io', none('known'))).toEqual(refused);
  });

  it('is hidden by no role where the cluster does not serve it', () => {
    const namespaces = { plural: 'namespaces', discovered: true };
    const certificates = { plural: 'certificates.cert-manager.io', discovered: true };
    expect(mayHave([namespaces], certificates.plural)).toBe(false);
    expect(mayHave([namespaces, certificates], certificates.plural)).toBe(true);
    expect(mayHave([{ ...namespaces, discovered: false }], certificates.plural)).toBe(true);
  });
});

describe('how old the rows of a cluster are', () => {
  const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds));
  const seen = { seenAt: at(30) };

  it('is the last good probe while its watches are open, also in the moment when it was found to be away', () => {
    expect(ageOf(seen, [{ state: 'streaming', asOf: at(1) }])).toEqual(at(30));
  });

  it('is the oldest of what was lost, whatever we may not read', () => {
    const lost = { state: 'stale', asOf: at(20) };
    const refused = { state: 'forbidden', asOf: at(2) };
    expect(ageOf(seen, [{ state: 'streaming', asOf: at(1) }, lost, refused])).toEqual(at(20));
    expect(ageOf(seen, [refused])).toEqual(at(2));
  });
});
