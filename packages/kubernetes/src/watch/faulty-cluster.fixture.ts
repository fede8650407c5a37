import { createAddressGuard } from '@quarterdeck/outbound';
import {
  type FaultProxy,
  type ListedObject,
  type Random,
  startFaultProxy,
  type TestCluster,
  untilTrue,
} from '@quarterdeck/testing';
import { workerIdentity } from '../connection/probe.ts';
import type { WatchedKind } from '../kinds/kind.ts';
import { projectObject } from '../projection/project-object.ts';
import { type Json, objectOf, textOf } from '../projection/values.ts';
import { createClusterClient } from '../transport/create-cluster-client.ts';
import { type Clock, systemClock } from './clock.ts';
import { createMemorySink } from './memory-sink.fixture.ts';
import { createPacing } from './pacing.ts';
import { runReflector } from './reflector.ts';

/** Small objects that a bare API server takes by the hundred a second; their value shows whether a row is stale. */
export const faultKind: WatchedKind = {
  group: '',
  version: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
  rank: 0,
  project: (object: Json) => ({
    health: 'healthy',
    statusText: '',
    facts: { value: textOf(objectOf(object.data).value) },
  }),
};

/** Time that runs faster than that of the machine: a limit of minutes is waited for in seconds, over real sockets. */
export function fasterClock(times: number): Clock {
  return {
    now: () => systemClock.now() * times,
    after: (ms, run) => systemClock.after(ms / times, run),
    random: systemClock.random,
  };
}

/** What a cluster's owner grants by our manifest, for one resource. */
export async function letWorkersRead(cluster: TestCluster, resource: string, suffix: string): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const name = `fault-${suffix}`;
  await cluster.request('POST', `${rbac}/clusterroles`, {
    metadata: { name },
    rules: [{ apiGroups: [''], resources: [resource], verbs: ['get', 'list', 'watch'] }],
  });
  await cluster.request('POST', `${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'quarterdeck:workers' }],
  });
}

/** A namespace of a cluster behind a fault proxy, which a reflector may read. */
export async function startFaultyCluster(cluster: TestCluster, namespace: string) {
  const proxy = await startFaultProxy(cluster);
  await cluster.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
  await letWorkersRead(cluster, 'configmaps', namespace);
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const ends: (() => Promise<void>)[] = [];

  /**
   * A reflector of the kind over the proxy, or `through` another port, with its rows in memory; `memory` of an earlier
   * one goes on where it was.
   */
  function follow({
    clock = systemClock,
    memory = createMemorySink(),
    through: port = proxy.port,
  }: {
    clock?: Clock;
    memory?: ReturnType<typeof createMemorySink>;
    through?: number;
  } = {}) {
    const client = createClusterClient({
      endpoint: {
        server: `https://127.0.0.1:${port}`,
        caPem: cluster.caPem,
        credential: { kind: 'token', token: cluster.adminToken },
      },
      guard: createAddressGuard({ allow: [`127.0.0.1/32:${port}`] }),
    });
    const controller = new AbortController();
    let skipped = 0;
    const running = runReflector({
      cluster: cluster.name,
      kind: faultKind,
      connect: async () => client,
      identity: workerIdentity,
      sink: memory.sink,
      clock,
      pacing: createPacing({ clock }),
      signal: controller.signal,
      onSkipped: () => {
        skipped += 1;
      },
    });
    const stop = async () => {
      controller.abort();
      await running;
      await client.close();
    };
    ends.push(stop);
    return { ...memory, kept: memory, skipped: () => skipped, stop };
  }

  const view = (object: Json) => {
    const row = projectObject(object, faultKind.project as (object: Json) => never);
    return row === undefined ? undefined : JSON.stringify([row.uid, row.facts]);
  };
  const rowsOf = ({ rows }: Pick<ReturnType<typeof follow>, 'rows'>) =>
    new Map(
      [...rows]
        .filter(([, row]) => row.namespace === namespace)
        .map(([key, row]) => [key, JSON.stringify([row.uid, row.facts])]),
    );

  return {
    proxy,
    path,
    follow,
    /** Waits until the rows of this namespace are what a direct list says. */
    untilTrue: (followed: Pick<ReturnType<typeof follow>, 'rows'>) =>
      untilTrue({ cluster, path, view: (object: ListedObject) => view(object), rows: () => rowsOf(followed) }),
    /** Creates, changes, deletes and makes anew, many at once, by names that stay few. */
    async churn(random: Random, changes: number, names = 40): Promise<void> {
      const present = new Set((await listNames(cluster, path)).map(Number));
      const lanes = 8;
      const lane = async (first: number): Promise<void> => {
        for (let done = first; done < changes; done += lanes) {
          // Each lane has names of its own, so that no two changes of one object meet.
          const number = random.below(Math.floor(names / lanes)) * lanes + first;
          await change(number, present, random);
        }
      };
      await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
    },
    async stop(): Promise<void> {
      for (const end of ends.splice(0)) await end();
      await proxy.close();
    },
  };

  async function change(number: number, present: Set<number>, random: Random): Promise<void> {
    const data = { value: `${random.below(1_000_000)} 語🚢` };
    const named = `${path}/${number}`;
    if (!present.has(number)) {
      present.add(number);
      await cluster.request('POST', path, { metadata: { name: String(number) }, data });
    } else if (random() < 0.3) {
      present.delete(number);
      await cluster.request('DELETE', named);
    } else await cluster.request('PATCH', named, { data });
  }
}

export type FaultyCluster = Awaited<ReturnType<typeof startFaultyCluster>>;
export type { FaultProxy };

async function listNames(cluster: TestCluster, path: string): Promise<string[]> {
  const { items } = await cluster.request<{ items: { metadata: { name: string } }[] }>('GET', path);
  return items.map(({ metadata }) => metadata.name).filter((name) => /^\d+$/.test(name));
}
