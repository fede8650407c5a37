import type { ClusterClient } from '@quarterdeck/kubernetes';
import { expect, it } from 'vitest';
import { askedAnew, type NodeRoom } from './node-rooms.ts';

const room = (name: string, labels: Record<string, string> = {}): NodeRoom => ({
  name,
  cpuMilli: 500,
  memoryBytes: 2 ** 30,
  pods: 7,
  node: { metadata: { name, labels }, spec: { taints: undefined, unschedulable: false } },
});
const node = (name: string, more: { labels?: object; spec?: object; ready?: string } = {}) => ({
  metadata: { name, labels: more.labels },
  spec: more.spec ?? {},
  status: {
    allocatable: { cpu: '4', memory: '8Gi', pods: '30' },
    conditions: [{ type: 'Ready', status: more.ready ?? 'True' }],
  },
});
const clientOf = (status: number, body: object) =>
  ({ request: async () => ({ status, headers: {}, body }) }) as unknown as ClusterClient;

it('nodes are what the cluster says now, with the room that the inventory knows', async () => {
  const taint = { key: 'gpu', value: 'a100', effect: 'NoSchedule' };
  const items = [
    node('labelled', { labels: { pool: 'old' } }),
    node('tainted', { spec: { taints: [taint] } }),
    node('cordoned', { spec: { unschedulable: true } }),
    node('new'),
    node('lost', { ready: 'Unknown' }),
  ];
  const known = ['labelled', 'tainted', 'cordoned', 'lost', 'deleted'].map((name) => room(name, { pool: 'before' }));
  const as = (name: string, spec: object, labels = {}) => ({
    ...room(name),
    node: { metadata: { name, labels }, spec: { unschedulable: false, ...spec } },
  });
  expect(await askedAnew(clientOf(200, { items }), known)).toEqual([
    as('labelled', {}, { pool: 'old' }),
    as('tainted', { taints: [taint] }),
    as('cordoned', { unschedulable: true }),
    { ...as('new', {}), cpuMilli: 4000, memoryBytes: 8 * 2 ** 30, pods: 30 },
  ]);
});

it('where nodes may not be listed, what the inventory knows stands', async () => {
  const known = [room('one')];
  expect(await askedAnew(clientOf(403, {}), known)).toBe(known);
});
