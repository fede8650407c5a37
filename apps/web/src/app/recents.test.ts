import { describe, expect, it } from 'vitest';
import { withPlace } from './recents.ts';

describe('recent pages', () => {
  const a = { title: 'bj-1', to: '/clusters/bj-1' };
  const b = { title: 'cart', to: '/applications/default/cart' };

  it('come newest first, each page once, with what it was last narrowed to', () => {
    const narrowed = { ...a, to: '/clusters/bj-1?tab=health' };
    expect(withPlace([b, a], narrowed, 20)).toEqual([narrowed, b]);
  });

  it('are twenty at most, and never the front page', () => {
    expect(withPlace([a, b], { title: 'x', to: '/nodes' }, 2)).toHaveLength(2);
    expect(withPlace([a], { title: 'Home', to: '/' }, 20)).toEqual([a]);
    expect(withPlace([a], { title: 'Home', to: '/?env=test' }, 20)).toEqual([a]);
    expect(withPlace([a], { title: 'First steps', to: '/welcome/sre' }, 20)).toEqual([a]);
  });
});
