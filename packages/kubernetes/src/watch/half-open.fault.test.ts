import { readFile } from 'node:fs/promises';
import { attachSharedFleet, createRandom, waitFor } from '@quarterdeck/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { workerIdentity } from '../connection/probe.ts';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { startLocalServer } from '../transport/local-server.fixture.ts';
import { type FaultyCluster, fasterClock, startFaultyCluster } from './faulty-cluster.fixture.ts';

const shared = attachSharedFleet(inject('sharedFleet'));
const cluster = shared?.clusters[0];

/** Seen failing with the silence of a watch unlimited: the rows never come, and no other watch is opened. */
describe.skipIf(cluster === undefined)('F02 a connection that a middlebox forgot', () => {
  let faulty: FaultyCluster;
  beforeAll(async () => {
    if (cluster !== undefined) faulty = await startFaultyCluster(cluster, 'half-open');
  });
  afterAll(() => faulty.stop());

  it('is noticed by its silence, and the watch goes on from its version without a list', async () => {
    const followed = faulty.follow({ clock: fasterClock(30) });
    await waitFor('the watch', () => followed.states.at(-1) === 'streaming');
    // A watch that has said nothing yet is opened anew without a word.
    await faulty.churn(createRandom(2), 10);
    await faulty.untilTrue(followed);
    const shown = followed.states.length;
    faulty.proxy.network.silence('open');
    const before = faulty.proxy.answers.asked.length;
    await faulty.churn(createRandom(1), 40);
    await waitFor('the silence to be noticed', () =>
      faulty.proxy.answers.asked.slice(before).some(({ isWatch }) => isWatch),
    );
    faulty.proxy.network.heal();
    await faulty.untilTrue(followed);
    const asked = faulty.proxy.answers.asked.slice(before);
    expect(asked.filter(({ query }) => query.has('sendInitialEvents') || query.get('limit') === '500')).toEqual([]);
    // Not by the end of its own time, which comes soon on this clock.
    expect(followed.states.slice(shown)).toContain('stale: The cluster sent nothing for 90 s.');
    expect(followed.states.at(-1)).toBe('streaming');
  });
});

/** Seen failing with `keepAlive: false` in the connector: the timer of the socket is none (0). */
describe.skipIf(process.platform !== 'linux')('F02 a host that is gone', () => {
  const keepAliveTimer = 2;

  it('is asked for by TCP itself after 10 s without a byte', async () => {
    const server = await startLocalServer((_request, response) => void response.write('one\n'));
    const client = createClusterClient({ endpoint: server.endpoint, guard: server.guard });
    const stream = await client.stream({ method: 'GET', path: '/watch', identity: workerIdentity });
    await waitFor('the first line to be acknowledged', async () => {
      const [timer] = await timersTo(server.port);
      return timer?.kind === keepAliveTimer;
    });
    const [timer] = await timersTo(server.port);
    expect(timer?.inSeconds).toBeLessThanOrEqual(10);
    stream.body.destroy();
    await client.close();
    await server.close();
  });
});

/** Timers of the kernel for connections to a port of this machine. */
async function timersTo(port: number): Promise<{ kind: number; inSeconds: number }[]> {
  const table = await readFile('/proc/net/tcp', 'utf8');
  return table.split('\n').flatMap((line) => {
    const [, , remote = '', , , timer = ''] = line.trim().split(/\s+/);
    if (Number.parseInt(remote.split(':')[1] ?? '', 16) !== port) return [];
    const [kind = '', jiffies = ''] = timer.split(':');
    return [{ kind: Number.parseInt(kind, 16), inSeconds: Number.parseInt(jiffies, 16) / 100 }];
  });
}
