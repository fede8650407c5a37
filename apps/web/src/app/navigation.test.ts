import { describe, expect, it } from 'vitest';
import { navigation, navigationFor } from './navigation.ts';

describe('the rail', () => {
  it('hides what one may not read, and groups that hold nothing readable', () => {
    const groups = navigationFor(['clusters:read']);
    expect(groups.map((group) => group.title)).toEqual([undefined, 'Fleet']);
    expect(groups[1]?.items.map((item) => item.to)).toEqual(['/clusters']);
  });

  it('gives every page a key of its own after g', () => {
    const keys = navigation.flatMap((group) => group.items.map((item) => item.key));
    expect(new Set(keys).size).toBe(keys.length);
  });
});
