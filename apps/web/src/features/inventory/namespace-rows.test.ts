import type { InventoryObject } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { namespaceRows, shareOf, sortedNamespaces } from './namespace-rows.ts';

const object = (change: Partial<InventoryObject>): InventoryObject => ({
  id: change.name ?? '1',
  clusterId: 'clu_1',
  cluster: 'bj-1',
  group: 'core',
  plural: 'namespaces',
  kind: 'Namespace',
  name: 'shop',
  uid: 'u',
  health: 'healthy',
  statusText: 'Active',
  labels: {},
  facts: {},
  ...change,
});
const load = (namespace: string, pods: number, inTrouble = 0) => ({
  cluster: 'bj-1',
  namespace,
  pods,
  inTrouble,
  cpuCores: pods,
  memoryBytes: pods,
});

describe('the namespaces of a cluster', () => {
  const rows = namespaceRows(
    [object({ name: 'shop' }), object({ name: 'cart' }), object({ name: 'empty' })],
    [load('shop', 3, 1), load('cart', 9)],
    [
      object({ name: 'small', namespace: 'shop', plural: 'resourcequotas', statusText: 'pods 12%' }),
      object({ name: 'tight', namespace: 'shop', plural: 'resourcequotas', statusText: 'limits.cpu 105%' }),
    ],
  );

  it('say how full their fullest quota is, the fullest first', () => {
    expect(rows[0]?.quotas.map(({ quota, share }) => [quota.name, share])).toEqual([
      ['tight', 1.05],
      ['small', 0.12],
    ]);
    expect(shareOf({ statusText: 'Unused' })).toBe(0);
  });

  it('are sorted by what is asked for; those without pods count as none', () => {
    const names = (sort: string) => sortedNamespaces(rows, sort).map(({ namespace }) => namespace.name);
    expect(names('name')).toEqual(['cart', 'empty', 'shop']);
    expect(names('-pods')).toEqual(['cart', 'shop', 'empty']);
    expect(names('-trouble')).toEqual(['shop', 'cart', 'empty']);
    expect(names('-quota')).toEqual(['shop', 'cart', 'empty']);
  });
});
