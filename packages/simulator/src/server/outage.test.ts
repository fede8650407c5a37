import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SimulatedCluster, startSimulatedCluster } from '../fleet/simulated-cluster.ts';
import { outageAnnotation } from './outage.ts';

describe('an outage by annotation', () => {
  let cluster: SimulatedCluster;
  beforeAll(async () => {
    cluster = await startSimulatedCluster({ name: 'cut' });
  });
  afterAll(() => cluster.stop());

  function ask(method: string, path: string, body?: object): Promise<number> {
    return new Promise((resolve, reject) => {
      const { server, caPem: ca, adminToken } = cluster;
      const headers = { authorization: `Bearer ${adminToken}`, 'content-type': 'application/merge-patch+json' };
      const asked = request(`${server}${path}`, { method, ca, headers, agent: false }, (answer) => {
        answer.resume();
        // A watch stays open: its headers are the answer, its end is awaited where it matters.
        if (path.includes('watch=1')) answer.once('error', () => {}).once('close', () => resolve(0));
        else resolve(answer.statusCode ?? 0);
      });
      asked.once('error', reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
  const setOutage = (value: string | null) =>
    ask('PATCH', '/api/v1/namespaces/kube-system', { metadata: { annotations: { [outageAnnotation]: value } } });

  it('breaks every connection, streams too, until the annotation is taken away', async () => {
    const watch = ask('GET', '/api/v1/namespaces?watch=1');
    expect(await ask('GET', '/readyz')).toBe(200);
    expect(await setOutage('yes')).toBe(200);
    await expect(ask('GET', '/readyz')).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(await watch).toBe(0);
    expect(await setOutage(null)).toBe(200);
    expect(await ask('GET', '/readyz')).toBe(200);
  });
});
