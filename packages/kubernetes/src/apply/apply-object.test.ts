import { describe, expect, it } from 'vitest';
import type { ClusterClient, ClusterRequest } from '../transport/cluster-client.ts';
import { applyObject, deleteObject } from './apply-object.ts';
import type { ApplyContext } from './apply-request.ts';

/** A cluster that has nothing and takes everything, and notes what it is asked. */
function contextOf(mayWrite: () => boolean): { context: ApplyContext; asked: string[] } {
  const asked: string[] = [];
  const client = {
    request: async ({ method }: ClusterRequest) => {
      asked.push(method);
      return method === 'GET'
        ? { status: 404, headers: {}, body: {} }
        : { status: 201, headers: {}, body: { metadata: { uid: 'u', resourceVersion: '1', generation: 1 } } };
    },
  } as unknown as ClusterClient;
  return { context: { client, identity: { user: 'deployer', groups: [] }, fieldManager: 'test', mayWrite }, asked };
}

const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cart', namespace: 'shop' } };
const ref = { group: '', version: 'v1', kind: 'ConfigMap', name: 'cart', namespace: 'shop' };

describe('whoever was frozen between looking and writing', () => {
  it('sends nothing: it asks for its time again', async () => {
    let isOver = false;
    const { context, asked } = contextOf(() => !isOver);
    expect(await applyObject(context, configMap)).toMatchObject({ outcome: 'applied', uid: 'u' });
    isOver = true;
    expect(await applyObject(context, configMap)).toMatchObject({ outcome: 'retry', code: 'lease_over' });
    expect(asked).toEqual(['GET', 'PATCH', 'GET']);
  });

  it('deletes nothing', async () => {
    const { context, asked } = contextOf(() => false);
    await expect(deleteObject(context, ref, 'u')).rejects.toMatchObject({ code: 'lease_over' });
    expect(asked).toEqual([]);
  });
});
