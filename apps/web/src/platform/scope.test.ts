import { describe, expect, it } from 'vitest';
import { isNarrowed, scopeOf, searchOf, wholeFleet } from './scope.ts';

describe('the scope in the URL', () => {
  it('is read and written as lists with commas, and nothing where it is whole', () => {
    const scope = scopeOf({ project: 'shop', clusters: 'bj-1,nb-1', q: 'cart' });
    expect(scope).toEqual({ project: ['shop'], env: [], clusters: ['bj-1', 'nb-1'] });
    expect(searchOf(scope)).toEqual({ project: 'shop', env: undefined, clusters: 'bj-1,nb-1' });
    expect(isNarrowed(scope)).toBe(true);
  });

  it('is the whole fleet when the URL carries nothing, or nonsense', () => {
    expect(scopeOf({})).toEqual(wholeFleet);
    expect(scopeOf({ clusters: ',', env: 7 })).toEqual(wholeFleet);
    expect(isNarrowed(wholeFleet)).toBe(false);
  });
});
