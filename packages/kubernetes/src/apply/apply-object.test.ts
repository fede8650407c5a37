import { describe, expect, it } from 'vitest';
import type { ClusterClient, ClusterRequest } from '../transport/cluster-client.ts';
import { applyObject, deleteObject } from './apply-object.ts';
import type { ApplyContext } from './apply-request.ts';
import { driftOf } from './drift-object.ts';

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

describe('fields of other managers', () => {
  /** A cluster in which others own these fields of what is there; what is sent, and whether by force, is noted. */
  function startOwned(owned: readonly string[]) {
    const sent: string[] = [];
    const causes = owned.map((field) => ({
      reason: 'FieldManagerConflict',
      field,
      message: 'conflict with "kubectl-edit"',
    }));
    const entry = { manager: 'test', operation: 'Apply', fieldsV1: { 'f:data': {} } };
    const body = { ...configMap, metadata: { ...configMap.metadata, uid: 'u', generation: 1, managedFields: [entry] } };
    const request = async ({ method, query }: ClusterRequest) => {
      if (method !== 'GET') sent.push([query?.dryRun ?? 'write', query?.force ? 'by force' : 'asking'].join(' '));
      const isRefused = method !== 'GET' && query?.force !== true && owned.length > 0;
      return isRefused
        ? { status: 409, headers: {}, warnings: [], body: { reason: 'Conflict', message: 'no', details: { causes } } }
        : { status: 200, headers: {}, warnings: [], body };
    };
    const client = { request } as unknown as ClusterClient;
    return { sent, context: { client, identity: { user: 'deployer', groups: [] }, fieldManager: 'test' } };
  }

  it('are taken by force where somebody decided about each of them, after the cluster named no other', async () => {
    const { context, sent } = startOwned(['.data.a']);
    expect(await applyObject(context, configMap, { takes: ['.data.a', '.data.b'] })).toMatchObject({
      outcome: 'applied',
    });
    expect(sent).toEqual(['write asking', 'write by force']);
  });

  it('are left alone where it names one that nobody decided about', async () => {
    const { context, sent } = startOwned(['.data.a', '.data.c']);
    expect(await applyObject(context, configMap, { takes: ['.data.a'] })).toMatchObject({ outcome: 'conflict' });
    expect(sent).toEqual(['write asking']);
  });

  it('what was just applied is known to be as it was put there by one read', async () => {
    const { context, sent } = startOwned([]);
    const applied = await applyObject(context, configMap);
    const fingerprint = applied.outcome === 'applied' ? applied.fingerprint : '';
    expect(await driftOf(context, configMap, { uid: 'u', fingerprint })).toMatchObject({ kind: 'same' });
    expect(sent).toEqual(['write asking']);
    expect(await driftOf(context, configMap, { uid: 'u', fingerprint: 'of another' })).toMatchObject({ kind: 'same' });
    expect(sent).toEqual(['write asking', 'All asking']);
  });
});
