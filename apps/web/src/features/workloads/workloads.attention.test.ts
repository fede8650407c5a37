import type { InventoryObject } from '@quarterdeck/contracts';
import { describe, expect, it } from 'vitest';
import { workloadsAttention } from './workloads.attention.ts';

let number = 0;
function failing(cluster: string, change: Partial<InventoryObject> = {}): InventoryObject {
  number += 1;
  return {
    id: String(number),
    uid: `uid-${number}`,
    clusterId: 'clu_1',
    cluster,
    group: 'core',
    plural: 'pods',
    kind: 'Pod',
    namespace: 'shop',
    name: `cart-7d9f-${number}`,
    createdAt: '2026-11-25T12:00:00.000Z',
    health: 'failed',
    statusText: 'ImagePullBackOff',
    labels: { 'pod-template-hash': '7d9f' },
    facts: { containers: [{ name: 'app', image: 'cart:2', reason: 'ImagePullBackOff', message: 'not found' }] },
    ...change,
  };
}

describe('workloads that need somebody', () => {
  it('are one row per workload and cause, over clusters, since the first warning', () => {
    const pods = [failing('nb-1'), failing('bj-1'), failing('bj-1')];
    const rows = workloadsAttention(pods, new Map([[pods[1]?.uid ?? '', '2026-11-25T11:58:00.000Z']]));
    expect(rows).toEqual([
      expect.objectContaining({
        subject: 'cart',
        where: 'Deployment in shop · bj-1, nb-1',
        cause: 'Image cart:2 cannot be pulled: it is not in the registry',
        since: '2026-11-25T11:58:00.000Z',
        to: '/workloads/deployments/shop/cart',
      }),
    ]);
  });

  it('of many clusters name the first and count the others', () => {
    const pods = ['e', 'd', 'c', 'b', 'a', 'f'].map((name) => failing(name));
    expect(workloadsAttention(pods, new Map())[0]?.where).toBe('Deployment in shop · a, b, c, d and 2 more');
  });

  it('are told twice when they fail for two causes, and not at all when an application tells them', () => {
    const crash = { containers: [{ name: 'app', reason: 'CrashLoopBackOff', lastExitCode: 1 }] };
    expect(workloadsAttention([failing('bj-1'), failing('bj-1', { facts: crash })], new Map())).toHaveLength(2);
    const ours = failing('bj-1', { labels: { 'quarterdeck.dev/environment': 'production' } });
    expect(workloadsAttention([ours], new Map())).toEqual([]);
  });

  it('may be a pod of nobody, which has a page of its own', () => {
    const bare = failing('bj-1', { name: 'debug', labels: {} });
    expect(workloadsAttention([bare], new Map())[0]?.to).toBe('/objects/bj-1/core/pods/shop/debug');
  });
});
