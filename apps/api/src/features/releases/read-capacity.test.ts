import type { ClusterClient, KubernetesObject } from '@quarterdeck/kubernetes';
import { describe, expect, it } from 'vitest';
import type { Inventory } from '../inventory/index.ts';
import type { Change } from './check-room.ts';
import { createReadCapacity } from './read-capacity.ts';

type State = 'live' | 'syncing' | 'stale' | 'denied';

/** A cluster by its rows, none of them there yet, and as it answers itself: one node of four cores, three of them taken. */
function clusterOf(states: { nodes: State; pods: State }, more: { autoscaler?: boolean; nodesStatus?: number } = {}) {
  const answer = (state: State, error?: string) => [{ id: 'clu_1', slug: 'bj-1', name: 'bj-1', state, error }];
  const inventory = {
    nodes: async () => ({
      items: [],
      total: 0,
      totalIsExact: true,
      clusters: answer(states.nodes, 'The watch broke.'),
    }),
    list: async () => ({ items: [], total: 0, totalIsExact: true, clusters: answer(states.pods) }),
  } as unknown as Inventory;
  const node = {
    metadata: { name: 'node-1' },
    spec: {},
    status: {
      allocatable: { cpu: '4', memory: '8Gi', pods: '30' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
  const client = {
    request: async ({ path }: { path: string }) =>
      path === '/api/v1/nodes'
        ? { status: more.nodesStatus ?? 200, headers: {}, body: { items: [node] } }
        : { status: more.autoscaler === true ? 200 : 404, headers: {}, body: {} },
  } as unknown as ClusterClient;
  return async (cpu: string) => {
    const manifest = {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
      spec: { template: { spec: { containers: [{ name: 'app', resources: { requests: { cpu } } }] } } },
    } as unknown as KubernetesObject;
    const record = { targetId: 'tgt', seq: 0, version: 'v1', sha256: '' };
    const ref = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };
    const change: Change = {
      object: { record: { ...record, ...ref }, manifest, how: {} },
      before: undefined,
      after: manifest,
    };
    const found = await createReadCapacity({ inventory })({ cluster: 'bj-1', namespace: 'shop' }, [change], client);
    return found.map(({ level, code, detail }) => [level, code, detail]);
  };
}

describe('room on nodes that are not followed', () => {
  it('is not known, and it says why', async () => {
    const why = async (states: Parameters<typeof clusterOf>[0]) => (await clusterOf(states)('2'))[0];
    const unknown = (reason: string) => [
      'info',
      'capacity_unknown',
      `Whether its nodes have room cannot be told, because ${reason}.`,
    ];
    expect(await why({ nodes: 'syncing', pods: 'syncing' })).toEqual(
      unknown('its nodes are still being read for the first time'),
    );
    expect(await why({ nodes: 'live', pods: 'syncing' })).toEqual(
      unknown('its pods are still being read for the first time'),
    );
    expect(await why({ nodes: 'stale', pods: 'live' })).toEqual(
      unknown('its nodes are not followed at the moment (The watch broke)'),
    );
    expect(await why({ nodes: 'live', pods: 'denied' })).toEqual(unknown('it does not let its pods be listed'));
  });

  it('is none all the same for a pod that no node could take if it ran nothing else', async () => {
    const large =
      '0 of its 1 pods find a node in bj-1. Each requests 500 cores and 0Mi, and the most that the only node for it gives in all is 4 cores and 8Gi (node-1).';
    const states = { nodes: 'syncing', pods: 'syncing' } as const;
    expect(await clusterOf(states)('500')).toEqual([['block', 'unschedulable_resources', large]]);
    expect(await clusterOf(states, { autoscaler: true })('500')).toMatchObject([
      ['warn', 'unschedulable_resources', expect.any(String)],
    ]);
    expect(await clusterOf(states, { nodesStatus: 403 })('500')).toMatchObject([
      ['info', 'capacity_unknown', expect.any(String)],
    ]);
  });
});
