import { describe, expect, it } from 'vitest';
import { findKinds, type InventoryKind, kindOf } from './kinds.ts';

const kind = (name: string, group: string, count: number): InventoryKind => ({
  group,
  plural: `${name.toLowerCase()}s`,
  kind: name,
  namespaced: true,
  columns: [],
  count,
  clusters: [],
});
const kinds = [kind('Widget', 'a.example', 0), kind('Pod', 'core', 7), kind('Widget', 'b.example', 3)];

describe('kinds of the fleet', () => {
  it('are found by kind, plural or group; those with objects first', () => {
    expect(findKinds(kinds, 'WIDG').map(({ group }) => group)).toEqual(['b.example', 'a.example']);
    expect(findKinds(kinds, 'a.exam').map(({ group }) => group)).toEqual(['a.example']);
    expect(findKinds(kinds, '').map(({ count }) => count)).toEqual([7, 3, 0]);
  });

  it('are told apart by their group where the plural is the same', () => {
    expect(kindOf(kinds, 'b.example', 'widgets').count).toBe(3);
    expect(kindOf(kinds, undefined, 'pods').kind).toBe('Pod');
    expect(kindOf(kinds, 'gone.example', 'gadgets')).toMatchObject({ group: 'gone.example', kind: 'gadgets' });
  });
});
