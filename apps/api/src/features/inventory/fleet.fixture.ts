import type { ObjectRow } from '@quarterdeck/kubernetes';
import { newId } from '../../platform/ids.ts';
import type { TestApp } from '../../testing/test-app.ts';
import type { Fence } from './inventory.store.ts';
import { kindNumbers } from './object-rows.ts';

export type FakeCluster = { id: string; slug: string; fence: Fence };

/** A registered cluster that nobody dials, owned by the test, with all its watches streaming. */
export async function addCluster({ composition, database }: TestApp, slug: string): Promise<FakeCluster> {
  const { clustersStore, inventoryStore } = composition;
  const id = newId('clu');
  await database.transaction((tx) =>
    clustersStore.insert(tx, {
      id,
      slug,
      displayName: slug.toUpperCase(),
      color: 0,
      labels: {},
      server: `https://${slug}.example`,
      caPem: undefined,
      tlsServerName: undefined,
      proxyUrl: undefined,
      clusterUid: `uid-${slug}`,
      state: 'connected',
      stateReason: undefined,
      version: 'v1.34.0',
      latencyMs: 5,
    }),
  );
  const clusterNo = (await clustersStore.findById(id))?.number ?? 0;
  await inventoryStore.ensureHeads([clusterNo]);
  const [fence] = await inventoryStore.takeHeads('test', [clusterNo], 1, 3600);
  if (fence === undefined) throw new Error('the lease was not given');
  const cluster = { id, slug, fence };
  await stream({ composition }, cluster);
  return cluster;
}

/** All watches of the cluster are open. */
export async function stream({ composition }: Pick<TestApp, 'composition'>, { fence }: FakeCluster): Promise<void> {
  for (const plural of Object.keys(kindNumbers)) {
    await composition.inventoryStore.putStream(fence, plural, { state: 'streaming', resourceVersion: '1' });
  }
}

export function podRow(name: string, change?: Partial<ObjectRow>): ObjectRow {
  return {
    namespace: 'shop',
    name,
    uid: `uid-${name}`,
    createdAt: new Date('2026-11-24T10:00:00Z'),
    health: 'healthy',
    statusText: 'Running',
    restarts: 0,
    labels: { app: 'cart' },
    facts: {},
    search: `${name} shop cart`,
    ...change,
  };
}
