import type { InventoryObject } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { fieldsOf, filtersOf, groupingText, groupOf, parseGrouping } from './grouping.ts';

describe('grouping a list', () => {
  it.each([
    ['cluster', { field: 'cluster' }],
    ['label:app.kubernetes.io/name', { field: 'label', label: 'app.kubernetes.io/name' }],
    ['label:', undefined],
    ['nonsense', undefined],
    [undefined, undefined],
  ])('%j is %j', (text, grouping) => expect(parseGrouping(text)).toEqual(grouping));

  it('is written as it is read', () => {
    expect(groupingText({ field: 'node' })).toBe('node');
    expect(groupingText({ field: 'label', label: 'app' })).toBe('label:app');
  });

  it('offers what the kind has', () => {
    expect(fieldsOf({ plural: 'nodes', namespaced: false })).toEqual(['cluster', 'status', 'health']);
    expect(fieldsOf({ plural: 'pods', namespaced: true })).toContain('node');
  });

  it('narrows a group within what the list is narrowed to already', () => {
    const filters = { q: 'cart', labels: 'tier=web', clusters: 'bj-1,nb-1' };
    expect(filtersOf(filters, { field: 'cluster' }, 'bj-1')).toEqual({ ...filters, clusters: 'bj-1' });
    expect(filtersOf(filters, { field: 'label', label: 'app' }, 'cart').labels).toBe('tier=web,app=cart');
    expect(filtersOf(filters, { field: 'status' }, 'Running')).toEqual({ ...filters, status: 'Running' });
  });

  it('knows which group an object stands in', () => {
    const row = { cluster: 'bj-1', statusText: 'Running', labels: { app: 'cart' } } as unknown as InventoryObject;
    expect(groupOf(row, { field: 'cluster' })).toBe('bj-1');
    expect(groupOf(row, { field: 'status' })).toBe('Running');
    expect(groupOf(row, { field: 'label', label: 'app' })).toBe('cart');
    expect(groupOf(row, { field: 'label', label: 'team' })).toBeUndefined();
  });
});
