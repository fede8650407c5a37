import { describe, expect, it } from 'vitest';
import type { ClusterClient, ClusterRequest } from '../transport/cluster-client.ts';
import type { ApplyContext } from './apply-request.ts';
import { driftOf } from './drift-object.ts';

const ours = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'cart',
    namespace: 'shop',
    uid: 'u',
    labels: { 'quarterdeck.dev/application': 'cart', 'quarterdeck.dev/environment': 'prod' },
  },
  data: { a: 'one', b: 'two' },
};

/** A cluster that has this, and in which our bytes would lead to what we put there. */
function contextOf(live: object | undefined): ApplyContext {
  const request = async ({ method }: ClusterRequest) => {
    if (method === 'PATCH') return { status: 200, headers: {}, body: ours };
    return live === undefined ? { status: 404, headers: {}, body: {} } : { status: 200, headers: {}, body: live };
  };
  const client = { request } as unknown as ClusterClient;
  return { client, identity: { user: 'deployer', groups: [] }, fieldManager: 'test' };
}

describe('an object that we put there', () => {
  it('and that hands changed is told with the place that differs', async () => {
    expect(await driftOf(contextOf(ours), ours, { uid: 'u' })).toMatchObject({ kind: 'same' });
    const live = { ...ours, data: { a: 'one' } };
    expect(await driftOf(contextOf(live), ours, { uid: 'u' })).toMatchObject({
      kind: 'changed',
      fields: [{ path: '.data.b' }],
    });
  });

  it('and that is gone is told so, also while it goes', async () => {
    const going = { ...ours, metadata: { ...ours.metadata, deletionTimestamp: '2026-11-26T00:00:00Z' } };
    for (const live of [undefined, going])
      expect(await driftOf(contextOf(live), ours, { uid: 'u' })).toEqual({ kind: 'deleted' });
  });
});
