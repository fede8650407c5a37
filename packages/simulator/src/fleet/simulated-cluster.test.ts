import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KubeObject, objectOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { ask } from './ask.fixture.ts';
import { type SimulatedCluster, startSimulatedCluster } from './simulated-cluster.ts';

describe('a simulated cluster that is kept in a file', () => {
  let folder: string;
  let file: string;
  let cluster: SimulatedCluster | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'quarterdeck-simulator-'));
    file = path.join(folder, 'kept.json');
  });
  afterEach(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true });
  });

  const start = async () => {
    cluster = await startSimulatedCluster({ name: 'kept', file });
    return cluster;
  };
  const kubeSystem = async (of: SimulatedCluster) =>
    (await ask(of, 'GET', '/api/v1/namespaces/kube-system')).body[0] as KubeObject;

  it('is the same one after a restart: identity, objects, tokens', async () => {
    const first = await start();
    const { metadata } = await kubeSystem(first);
    const account = '/api/v1/namespaces/kube-system/serviceaccounts';
    await ask(first, 'POST', account, { metadata: { name: 'robot' } });
    const [issued] = (await ask(first, 'POST', `${account}/robot/token`, { spec: {} })).body;
    const { token } = objectOf(issued?.status) as { token: string };
    await first.stop();

    const second = await start();
    expect([second.caPem, second.adminToken]).toEqual([first.caPem, first.adminToken]);
    expect((await kubeSystem(second)).metadata.uid).toBe(metadata.uid);
    expect((await ask(second, 'GET', '/version', undefined, token)).status).toBe(200);
    expect((await ask(second, 'GET', '/version', undefined, `${token}x`)).status).toBe(401);
  });

  it('never goes back in its versions, and a watch from before is told that its own is gone', async () => {
    const first = await start();
    await ask(first, 'POST', '/api/v1/namespaces', { metadata: { name: 'late' } });
    const [list] = (await ask(first, 'GET', '/api/v1/namespaces')).body as unknown as KubeObject[];
    await first.stop();

    const second = await start();
    const [again] = (await ask(second, 'GET', '/api/v1/namespaces')).body as unknown as KubeObject[];
    const [before, after] = [list, again].map((each) => Number(each?.metadata.resourceVersion));
    expect(after).toBeGreaterThan(before ?? 0);
    const { body } = await ask(second, 'GET', `/api/v1/namespaces?watch=1&resourceVersion=${before}`);
    expect(body).toMatchObject([{ type: 'ERROR', object: { code: 410, reason: 'Expired' } }]);
  });

  it('says which file is damaged, and the way out', async () => {
    await writeFile(file, '{"version":');
    await expect(start()).rejects.toThrow(`${file} is damaged. Move it away to get a new demo cluster.`);
  });
});

describe('controllers of a simulated cluster', () => {
  it('outlive what a namespace that goes refuses them', async () => {
    const cluster = await startSimulatedCluster({
      name: 'leaving',
      // In one turn, so that the slice of the Service is wanted when nothing new is taken any more.
      populate(writes) {
        const options = { manager: 'test', dryRun: false };
        const spec = { selector: { app: 'x' }, ports: [{ port: 80 }] };
        writes.create(known.namespaces, undefined, { metadata: { name: 'leaving' } }, options);
        writes.create(known.services, 'leaving', { metadata: { name: 'web' }, spec }, options);
        writes.delete({ kind: known.namespaces, name: 'leaving' }, {}, false);
      },
    });
    await expect.poll(async () => (await ask(cluster, 'GET', '/api/v1/namespaces/leaving')).status).toBe(404);
    await cluster.stop();
  });
});
