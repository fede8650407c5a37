import { describe, expect, it } from 'vitest';
import { capacityFindings, type Demand } from './check-capacity.ts';
import type { NodeRoom } from './node-rooms.ts';

const gib = 2 ** 30;

function node(name: string, left: Partial<NodeRoom>, more: { labels?: Record<string, string>; taint?: string } = {}) {
  const taints = more.taint === undefined ? [] : [{ key: more.taint, value: '', effect: 'NoSchedule' }];
  const room: NodeRoom = {
    ...{ name, cpuMilli: 4000, memoryBytes: 8 * gib, pods: 10, ...left },
    node: { metadata: { name, labels: more.labels ?? {} }, spec: { taints, unschedulable: false } },
  };
  return room;
}

function demand(count: Demand['count'], more: Partial<Demand> & { spec?: object } = {}): Demand {
  const { spec = {}, ...rest } = more;
  const record = { targetId: 'tgt', seq: 0, version: 'v1', sha256: '' };
  const ref = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
  const manifest = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
  return {
    object: { record: { ...record, ...ref }, manifest, how: {} },
    pod: { spec },
    needs: { cpuMilli: 1000, memoryBytes: 2 * gib },
    ...{ count, leaving: [], comesFirst: false, ...rest },
  };
}

const found = (nodes: NodeRoom[], demands: Demand[], grows = false) =>
  capacityFindings('alpha', nodes, demands, { grows }).map(({ level, code, detail }) => [level, code, detail]);

describe('what comes, against what nodes have left', () => {
  it('blocks pods that find no seat, with how many do and both figures', () => {
    const halves = [node('a', { memoryBytes: 3 * gib }), node('b', { memoryBytes: 1.5 * gib })];
    expect(found(halves, [demand(1)])).toEqual([]);
    expect(found(halves, [demand(2)])).toEqual([
      [
        'block',
        'unschedulable_resources',
        '1 of its 2 pods find a node in alpha. Each requests 1 core and 2Gi, and the most that is free on one of 2 nodes is 4 cores and 1.5Gi (b).',
      ],
    ]);
    expect(found([node('a', { cpuMilli: 900 })], [demand(1)])[0]?.[1]).toBe('unschedulable_resources');
    expect(found([node('a', { pods: 0 })], [demand(1)])[0]?.[2]).toContain('takes no pod more');
  });

  it('sums up all that comes, those with the least choice first', () => {
    const nodes = [
      node('a', { memoryBytes: 2 * gib }, { labels: { disk: 'fast' } }),
      node('b', { memoryBytes: 2 * gib }),
    ];
    const picky = demand(1, { spec: { nodeSelector: { disk: 'fast' } } });
    expect(found(nodes, [demand(1), picky])).toEqual([]);
    expect(found(nodes, [demand(2), picky]).map(([, code]) => code)).toEqual(['unschedulable_resources']);
  });

  it('gives back the room of pods that a new revision takes the place of', () => {
    const old = { node: 'a', cpuMilli: 1000, memoryBytes: 2 * gib };
    const full = node('a', { memoryBytes: 0, pods: 0 });
    expect(found([full], [demand(1)])).toHaveLength(1);
    expect(found([full], [demand(1, { leaving: [old] })])).toEqual([]);
    expect(found([full], [demand(1, { leaving: [old], comesFirst: true })])[0]).toEqual([
      'block',
      'unschedulable_resources',
      expect.stringContaining('A new pod comes before an old one leaves'),
    ]);
  });

  it('names the taint or the rule that keeps pods from every node', () => {
    expect(found([node('a', {}, { taint: 'gpu' })], [demand(1)])).toEqual([
      [
        'block',
        'unschedulable_taint',
        'No node of alpha takes its pods. 1 of 1 node fit, and are tainted: gpu:NoSchedule.',
      ],
    ]);
    const tolerant = demand(1, { spec: { tolerations: [{ key: 'gpu', operator: 'Exists' }] } });
    expect(found([node('a', {}, { taint: 'gpu' })], [tolerant])).toEqual([]);
    expect(found([node('a', {})], [demand(1, { spec: { nodeSelector: { disk: 'none' } } })])).toEqual([
      [
        'block',
        'unschedulable_affinity',
        'No node of alpha takes its pods. nodeSelector disk=none matches none of 1 node.',
      ],
    ]);
  });

  it('of a daemon looks at each node that it goes to', () => {
    const nodes = [node('a', {}), node('b', { cpuMilli: 500 }), node('c', { cpuMilli: 0 }, { taint: 'gpu' })];
    expect(found(nodes, [demand('each')])).toEqual([
      [
        'block',
        'unschedulable_resources',
        '1 of the 2 nodes of alpha that it goes to have no room for its pod: b. Each requests 1 core and 2Gi.',
      ],
    ]);
  });

  it('warns where nodes are made on demand, where there is none, and where a priority makes room', () => {
    const full = [node('a', { cpuMilli: 0 })];
    expect(found(full, [demand(1)], true)).toEqual([
      ['warn', 'unschedulable_resources', expect.stringContaining('makes nodes when pods find none')],
    ]);
    expect(found(full, [demand(1, { spec: { priorityClassName: 'high' } })])).toEqual([
      ['warn', 'unschedulable_resources', expect.stringContaining('may push others')],
    ]);
    expect(found([], [demand(1)])).toEqual([['warn', 'no_node', expect.any(String)]]);
    expect(found([], [demand(0)])).toEqual([]);
  });
});
