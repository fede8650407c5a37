import { afterEach, expect, it } from 'vitest';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { startLocalServer } from '../transport/local-server.fixture.ts';
import type { ApplyContext } from './apply-request.ts';
import type { KubernetesObject } from './object-ref.ts';
import { createPreviewMemory } from './preview-memory.ts';
import { previewObject } from './preview-object.ts';

const started: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each.close();
});

const template = (image: string) => ({ spec: { containers: [{ name: 'app', image }] } });
const deployment = (image: string): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { replicas: 1, template: template(image) },
});

/** A cluster with one Deployment, what it was asked to write by a dry run, and the means to change it. */
async function cluster() {
  const asked: string[] = [];
  const is = { resourceVersion: '1', refuses: false };
  const server = await startLocalServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.method === 'GET') {
      const metadata = { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: is.resourceVersion };
      const labels = { 'app.kubernetes.io/managed-by': 'quarterdeck' };
      response.end(JSON.stringify({ ...deployment('web:0'), metadata: { ...metadata, labels } }));
      return;
    }
    asked.push(request.method ?? '');
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.statusCode = is.refuses ? 422 : 200;
      response.end(is.refuses ? JSON.stringify({ kind: 'Status', reason: 'Invalid', message: 'no' }) : body);
    });
  });
  const client = createClusterClient({ endpoint: server.endpoint, guard: server.guard });
  started.push(server, client);
  const context: ApplyContext = { client, identity: { user: 'deployer', groups: ['p1'] }, fieldManager: 'test' };
  const writes = () => asked.splice(0).filter((method) => method === 'PATCH').length;
  return { context, is, asked, writes };
}

it('a dry run of a moment ago is not asked again, unless something that it depends on is different', async () => {
  const { context, is, writes } = await cluster();
  let now = 0;
  const memory = createPreviewMemory(() => now);
  const look = (image: string, place = 'alpha v1.34', who = context) =>
    previewObject(who, deployment(image), {}, { memory, place });
  const first = await look('web:1');
  expect([first.change, writes()]).toEqual(['change', 1]);
  expect([await look('web:1'), writes()]).toEqual([first, 0]);
  await look('web:2');
  expect(writes(), 'another manifest').toBe(1);
  await look('web:1', 'alpha v1.35');
  expect(writes(), 'another version of the cluster').toBe(1);
  await look('web:1', 'alpha v1.34', { ...context, identity: { user: 'deployer', groups: ['p2'] } });
  expect(writes(), 'another project').toBe(1);
  is.resourceVersion = '2';
  await look('web:1');
  expect(writes(), 'another version of the object').toBe(1);
  now = 60_000;
  await look('web:1');
  expect(writes(), 'a minute later').toBe(1);
});

it('whether its pods are let in is asked every time, and so is what was refused', async () => {
  const { context, is, asked } = await cluster();
  const remembered = { memory: createPreviewMemory(), place: 'alpha' };
  const look = () => previewObject(context, deployment('web:1'), {}, remembered);
  await look();
  expect(asked.splice(0)).toEqual(['PATCH', 'POST']);
  is.refuses = true;
  expect((await look()).finding?.detail).toContain('Pods of Deployment web would be refused');
  expect(asked.splice(0)).toEqual(['POST']);
  is.resourceVersion = '2';
  expect([(await look()).change, (await look()).change]).toEqual(['unknown', 'unknown']);
  expect(asked.splice(0)).toEqual(['PATCH', 'PATCH']);
});

it('keeps no more than its bytes, and forgets the oldest first', () => {
  const memory = createPreviewMemory(() => 0);
  const large = { change: 'change' as const, after: { text: 'x'.repeat(6 * 2 ** 20) }, warnings: [] };
  for (const key of ['a', 'b', 'c']) memory.put(key, large);
  expect(['a', 'b', 'c'].map((key) => memory.get(key) !== undefined)).toEqual([false, true, true]);
});
