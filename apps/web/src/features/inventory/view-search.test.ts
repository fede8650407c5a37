import type { SavedView } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { isSameView, viewSearch } from './view-search.ts';

const view: SavedView = {
  id: 'viw_1',
  name: 'failing pods',
  content: { type: 'list', path: '/inventory/core/pods', search: { health: 'failed', clusters: 'bj-1' } },
  mine: true,
  revision: 1,
  updatedAt: '2026-11-25T12:00:00Z',
};

describe('a list kept under a name', () => {
  it('keeps filter, scope and columns, and not which row was open', () => {
    expect(viewSearch({ q: 'cart', peek: '17', cols: 'cpu', health: undefined, sort: '' })).toEqual({
      q: 'cart',
      cols: 'cpu',
    });
  });

  it('is known again by its path and all of its parameters', () => {
    const search = { clusters: 'bj-1', health: 'failed', peek: '17' };
    expect(isSameView(view, '/inventory/core/pods', search)).toBe(true);
    expect(isSameView(view, '/inventory/core/nodes', search)).toBe(false);
    expect(isSameView(view, '/inventory/core/pods', { ...search, q: 'cart' })).toBe(false);
  });
});
