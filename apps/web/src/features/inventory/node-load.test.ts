import type { InventoryNode } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { heatOf, loadOf, meanLoad, troubleOf } from './node-load.ts';

const node = (change: Partial<InventoryNode>): InventoryNode => ({
  id: '1',
  clusterId: 'clu_1',
  cluster: 'bj-1',
  group: 'core',
  plural: 'nodes',
  kind: 'Node',
  name: 'n1',
  uid: 'u',
  health: 'healthy',
  statusText: 'Ready',
  labels: {},
  facts: { allocatable: { cpuMilli: 4000, memoryBytes: 100, pods: 10 } },
  requested: { cpuCores: 1, memoryBytes: 75, pods: 12 },
  ...change,
});

describe('how full a node is', () => {
  it('is what is requested of what it offers', () => {
    expect(loadOf(node({}), 'cpu')).toBe(0.25);
    expect(loadOf(node({}), 'memory')).toBe(0.75);
    expect(loadOf(node({}), 'pods')).toBe(1.2);
  });

  it('is not known without the pods, or without the room', () => {
    expect(loadOf(node({ requested: undefined }), 'cpu')).toBeUndefined();
    expect(loadOf(node({ facts: {} }), 'cpu')).toBeUndefined();
    expect(meanLoad([node({}), node({ facts: {} })], 'cpu')).toBe(0.25);
    expect(meanLoad([node({ facts: {} })], 'cpu')).toBeUndefined();
  });

  it('falls into six steps, the last of them full', () => {
    expect([0, 0.19, 0.2, 0.99, 1, 1.7].map(heatOf)).toEqual([0, 0, 1, 4, 5, 5]);
    expect(heatOf(undefined)).toBeUndefined();
  });

  it('stands beside what is wrong with it', () => {
    expect(troubleOf(node({ facts: { pressure: ['MemoryPressure'], cordoned: true } }))).toEqual([
      'MemoryPressure',
      'cordoned',
    ]);
  });
});
