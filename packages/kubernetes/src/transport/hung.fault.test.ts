import { createAddressGuard } from '@quarterdeck/outbound';
import { type FaultProxy, startFaultProxy, startSimulated, type TestCluster, waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workerIdentity } from '../connection/probe.ts';
import type { ClusterClient, ClusterRequest } from './cluster-client.ts';
import { createClusterClient, defaultLimits } from './create-cluster-client.ts';

const clusters = 50;
const breaker = { ...defaultLimits.breaker, silenceMs: 200, retryMs: 500 };

/**
 * Fifty ways to one simulated API server, one of which hangs.
 * Seen failing with `breaker.unanswered` left out: the sixth request is not refused while five wait.
 */
describe('F08 one cluster of fifty that accepts and never answers', () => {
  let proxies: FaultProxy[];
  let clients: ClusterClient[];
  let stop: () => Promise<void>;
  const get = (more: Partial<ClusterRequest> = {}): ClusterRequest => ({
    method: 'GET',
    path: '/readyz',
    identity: workerIdentity,
    ...more,
  });

  beforeAll(async () => {
    const fleet = await startSimulated({ count: 1 });
    const cluster = fleet.clusters[0] as TestCluster;
    proxies = await Promise.all(Array.from({ length: clusters }, () => startFaultProxy(cluster)));
    clients = proxies.map(({ server, port }) =>
      createClusterClient({
        endpoint: { server, caPem: cluster.caPem, credential: { kind: 'token', token: cluster.adminToken } },
        guard: createAddressGuard({ allow: [`127.0.0.1/32:${port}`] }),
        limits: { breaker },
      }),
    );
    stop = async () => {
      await Promise.all(clients.map((client) => client.close()));
      await Promise.all(proxies.map((proxy) => proxy.close()));
      await fleet.stop();
    };
  });
  afterAll(() => stop());

  it.each<[string, (proxy: FaultProxy) => void]>([
    ['at the connect', ({ network }) => network.silence('all')],
    ['after the request', ({ answers }) => void answers.answer({ hang: true })],
  ])('%s takes nothing from the others, and is asked no more until a trial is due', async (_where, break_) => {
    const [proxy, ...others] = proxies as [FaultProxy, ...FaultProxy[]];
    const [hung, ...well] = clients as [ClusterClient, ...ClusterClient[]];
    break_(proxy);
    let settled = 0;
    const waiting = Array.from({ length: 5 }, () =>
      hung.request(get()).then(
        () => 'answered',
        (error: { code: string }) => error.code,
      ),
    );
    for (const each of waiting) void each.finally(() => (settled += 1));

    const answers = await Promise.all(well.flatMap((client) => [client.request(get()), client.request(get())]));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 2 * others.length }, () => 200));

    // Who gives up counts for nothing: only the silence towards the five can open it.
    const refused = await waitFor('the breaker to open', () =>
      hung.request(get({ signal: AbortSignal.timeout(50) })).then(
        () => undefined,
        (error: Error) => (error.message.includes('did not answer lately') ? error : undefined),
      ),
    );
    expect(refused).toMatchObject({ code: 'cluster_unreachable' });
    // Whoever waited, waits on by their own time; nobody new does.
    expect(settled).toBe(0);

    await proxy.heal();
    proxy.network.reset();
    await waitFor('a trial to close it', async () => (await hung.request(get({ timeoutMs: 2000 }))).status === 200);
    await Promise.all(waiting);
  });
});
