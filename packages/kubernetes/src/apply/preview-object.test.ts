import type { RequestListener } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { startLocalServer } from '../transport/local-server.fixture.ts';
import { applyObject } from './apply-object.ts';
import type { ApplyContext } from './apply-request.ts';
import type { KubernetesObject } from './object-ref.ts';
import { previewObject } from './preview-object.ts';

const started: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each.close();
});

const old = Buffer.from('canary-old').toString('base64');
const next = Buffer.from('canary-next').toString('base64');
const secretOf = (data: Record<string, string>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'database', namespace: 'shop', annotations: {} },
  data,
});

/** A cluster that has the Secret and answers a write as told. */
async function contextOf(answer: RequestListener): Promise<ApplyContext> {
  const server = await startLocalServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method !== 'GET') return answer(request, response);
    const live = secretOf({ user: old, password: old, gone: old });
    const applied = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(live) };
    response.end(JSON.stringify({ ...live, metadata: { ...live.metadata, uid: 'u1', annotations: applied } }));
  });
  const client = createClusterClient({ endpoint: server.endpoint, guard: server.guard });
  started.push(server, client);
  return { client, identity: { user: 'quarterdeck:deployer', groups: ['quarterdeck:members'] }, fieldManager: 'test' };
}

/** All that leaves the preview or the write, and none of the values in it. */
function expectNoValue(answer: unknown): void {
  const text = JSON.stringify(answer);
  for (const value of [old, next, 'canary-old', 'canary-next']) expect(text).not.toContain(value);
}

describe('the preview of a Secret', () => {
  it('S17 shows its keys and which of them change, and no value', async () => {
    const context = await contextOf((_request, response) => {
      response.end(JSON.stringify(secretOf({ user: old, password: next, fresh: next })));
    });
    const preview = await previewObject(context, secretOf({ user: old, password: next, fresh: next }));
    expect(preview).toMatchObject({
      change: 'change',
      before: { data: { user: '[secret]', password: '[secret]', gone: '[secret]' } },
      after: { data: { user: '[secret]', password: '[secret, changed]', fresh: '[secret]' } },
    });
    expectNoValue(preview);
  });

  it.each([
    ['as it was given', next],
    ['decoded', 'canary-next'],
  ])('S17 does not repeat a refusal or a warning that quotes a value %s', async (_how, quoted) => {
    const message = `Secret "database" is invalid: data[password]: Invalid value: "${quoted}"`;
    const context = await contextOf((_request, response) => {
      response.statusCode = 422;
      response.setHeader('warning', `299 - "looked at ${quoted}"`);
      response.end(JSON.stringify({ kind: 'Status', reason: 'Invalid', message }));
    });
    const wanted = secretOf({ password: next });
    const preview = await previewObject(context, wanted);
    expect(preview.finding).toMatchObject({
      level: 'block',
      code: 'invalid_object',
      detail: expect.stringMatching(/not shown/),
    });
    expectNoValue(preview);
    const applied = await applyObject(context, wanted);
    expect(applied).toMatchObject({ outcome: 'invalid', detail: expect.stringMatching(/not shown/) });
    expectNoValue(applied);
  });

  it('keeps the words of a refusal that quotes nothing', async () => {
    const context = await contextOf((_request, response) => {
      response.statusCode = 403;
      response.end(JSON.stringify({ kind: 'Status', message: 'exceeded quota: secrets' }));
    });
    expect((await previewObject(context, secretOf({ password: next }))).finding).toMatchObject({
      code: 'quota_exceeded',
      detail: 'exceeded quota: secrets',
    });
  });
});
