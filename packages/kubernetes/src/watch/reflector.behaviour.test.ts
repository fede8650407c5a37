import { createAddressGuard } from '@quarterdeck/outbound';
import { describeFleets, startBothFleets, stopFleets, type TestCluster } from '@quarterdeck/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { workerIdentity } from '../connection/probe.ts';
import { replicasetKind } from '../kinds/replicaset.ts';
import type { ClusterClient } from '../transport/cluster-client.ts';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { systemClock } from './clock.ts';
import { createMemorySink } from './memory-sink.fixture.ts';
import { createPacing } from './pacing.ts';
import { runReflector } from './reflector.ts';

const fleets = await startBothFleets({ count: 1, controllers: false });
afterAll(() => stopFleets(fleets));

const sets = '/apis/apps/v1/namespaces/default/replicasets';
const many = 1100;

describeFleets(fleets, 'a reflector of a $kind API server', ({ clusters }) => {
  const [cluster] = clusters as [TestCluster];
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  const create = (name: string, labels = {}) =>
    cluster.request('POST', sets, {
      metadata: { name, labels },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'app', image: 'x' }] } },
      },
    });

  async function allow(): Promise<void> {
    const name = 'reflector-workers';
    await cluster.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name },
      rules: [{ apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get', 'list', 'watch'] }],
    });
    await cluster.request('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'quarterdeck:workers' }],
    });
  }

  /** Follows the cluster into memory. */
  function follow(options: { version?: string; withoutStream?: boolean } = {}) {
    const { server, caPem, adminToken } = cluster;
    const guard = createAddressGuard({ allow: [`127.0.0.1/32:${new URL(server).port}`] });
    const real = createClusterClient({
      endpoint: { server, caPem, credential: { kind: 'token', token: adminToken } },
      guard,
    });
    const asked: Record<string, unknown>[] = [];
    const client: ClusterClient = {
      ...real,
      request(request) {
        asked.push({ ...request.query });
        return real.request(request);
      },
      stream(request) {
        asked.push({ ...request.query });
        if (options.withoutStream !== true || request.query?.sendInitialEvents !== true) return real.stream(request);
        // Without its match rule the server itself refuses a streamed list, with 422.
        return real.stream({ ...request, query: { ...request.query, resourceVersionMatch: undefined } });
      },
    };
    const memory = createMemorySink();
    memory.memory.version = options.version;
    const controller = new AbortController();
    const running = runReflector({
      cluster: 'real',
      kind: replicasetKind,
      connect: async () => client,
      identity: workerIdentity,
      sink: memory.sink,
      clock: systemClock,
      pacing: createPacing({ clock: systemClock }),
      signal: controller.signal,
    });
    ends.push(async () => {
      controller.abort();
      await running;
      await real.close();
    });
    const lists = () => asked.filter((query) => query.limit === 500 || query.sendInitialEvents === true).length;
    return { ...memory, asked, lists };
  }
  const until = (what: () => unknown) => expect.poll(what);

  it('is told when it may not list', async () => {
    const { states } = follow();
    await until(() => states.at(-1)).toMatch(/^forbidden: .*replicasets.apps is forbidden/);
    await allow();
  });

  it('streams the list to its end mark and follows changes over the same stream', async () => {
    await create('first', { tier: 'web' });
    const { rows, states, asked, memory } = follow();
    await until(() => rows.has('default/first')).toBe(true);
    await until(() => states.at(-1)).toBe('streaming');
    expect(memory.version).toMatch(/^\d+$/);
    await create('second');
    await until(() => rows.has('default/second')).toBe(true);
    await cluster.request('DELETE', `${sets}/first`);
    await until(() => rows.has('default/first')).toBe(false);
    expect(asked).toHaveLength(1);
  });

  it('goes on from its version over a restart of the API server, without a list', async () => {
    const { rows, states, lists } = follow();
    await until(() => states.at(-1)).toBe('streaming');
    await cluster.stopApiServer();
    await until(() => states.at(-1)).toMatch(/^stale/);
    expect(rows.has('default/second')).toBe(true);
    await cluster.startApiServer();
    await create('after-restart');
    await until(() => rows.has('default/after-restart')).toBe(true);
    expect(states.at(-1)).toBe('streaming');
    expect(lists()).toBe(1);
  });

  it.each([
    ['too old for the API server’s cache', '1'],
    ['from a future, as after a restore', '9999999999999'],
  ])('lists anew from a version that is %s', async (_name, version) => {
    const { rows, lists, memory } = follow({ version });
    rows.set('default/ghost', { namespace: 'default', name: 'ghost', uid: 'ghost', restarts: undefined });
    await until(() => rows.has('default/second') && !rows.has('default/ghost')).toBe(true);
    expect(lists()).toBe(1);
    expect(memory.version).not.toBe(version);
  });

  describe('with many objects', () => {
    beforeAll(async () => {
      for (let start = 0; start < many; start += 50) {
        await Promise.all(Array.from({ length: 50 }, (_, index) => create(`many-${start + index}`)));
      }
    });

    it.each([
      ['by a stream', false, 0],
      ['in pages where the stream is refused', true, 3],
    ])('has them all %s', async (_name, withoutStream, pages) => {
      const { rows, states, asked } = follow({ withoutStream });
      await until(() => states.at(-1)).toBe('streaming');
      expect([...rows.keys()].filter((name) => name.startsWith('default/many-'))).toHaveLength(many);
      expect(asked.filter((query) => query.limit === 500)).toHaveLength(pages);
    });
  });
});
