import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../fleet/ask.fixture.ts';
import { type SimulatedCluster, startSimulatedCluster } from '../fleet/simulated-cluster.ts';
import { outageAnnotation } from './outage.ts';

describe('an outage by annotation', () => {
  let cluster: SimulatedCluster;
  beforeAll(async () => {
    cluster = await startSimulatedCluster({ name: 'cut' });
  });
  afterAll(() => cluster.stop());

  const isReady = async () => (await ask(cluster, 'GET', '/readyz')).status;
  const setOutage = async (value: string | null) => {
    const body = { metadata: { annotations: { [outageAnnotation]: value } } };
    return (await ask(cluster, 'PATCH', '/api/v1/namespaces/kube-system', body)).status;
  };

  it('breaks every connection, streams too, until the annotation is taken away', async () => {
    const watch = ask(cluster, 'GET', '/api/v1/namespaces?watch=1');
    expect(await isReady()).toBe(200);
    expect(await setOutage('yes')).toBe(200);
    await expect(isReady()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await watch).status).toBe(200);
    expect(await setOutage(null)).toBe(200);
    expect(await isReady()).toBe(200);
  });
});
