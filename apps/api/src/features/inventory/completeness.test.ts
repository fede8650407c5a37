import type { ClusterAnswer } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import type { Extent } from './cluster-sight.ts';
import { withSight } from './completeness.ts';

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
