import { type ClusterClient, createClusterClient } from '@quarterdeck/kubernetes';
import { createAddressGuard } from '@quarterdeck/outbound';
import { startSimulatedCluster } from '@quarterdeck/simulator';
import { expect } from 'vitest';
import { registerKubeconfig } from '../../testing/clusters.ts';
import { addGrant, addPerson, type Person } from '../../testing/people.ts';
import { claimAsOwner, createTestApp, type SignedInClient, type TestApp } from '../../testing/test-app.ts';

/** The application with one simulated cluster that holds the namespace `shop`, and the deployment `cart` in it. */
export type ShopCluster = {
  test: TestApp;
  owner: SignedInClient;
  id: string;
  /** The cluster's administrator, past Quarterdeck. */
  admin: ClusterClient;
  /** Creates an object as that administrator. @param path of the collection */
  put(path: string, body: object): Promise<void>;
  close(): Promise<void>;
};

export async function startShopCluster(): Promise<ShopCluster> {
  const cluster = await startSimulatedCluster({ name: 'alpha' });
  const allow = [`127.0.0.1/32:${cluster.port}`];
  const test = await createTestApp({ clusterAddressAllow: allow });
  const owner = await claimAsOwner(test);
  const id = await registerKubeconfig(owner, 'alpha', cluster.adminKubeconfig);
  const credential = { kind: 'token', token: cluster.adminToken } as const;
  const admin = createClusterClient({
    endpoint: { server: cluster.server, caPem: cluster.caPem, credential },
    guard: createAddressGuard({ allow }),
  });
  async function put(path: string, body: object): Promise<void> {
    const { status } = await admin.request({ method: 'POST', path, identity: 'self', body });
    expect(status).toBe(201);
  }
  await put('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await put('/apis/apps/v1/namespaces/shop/deployments', {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'cart', namespace: 'shop' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'cart' } },
      template: {
        metadata: { labels: { app: 'cart' } },
        spec: { containers: [{ name: 'app', image: 'registry.example.com/shop/cart:1.0.0' }] },
      },
    },
  });
  return {
    test,
    owner,
    id,
    admin,
    put,
    async close() {
      await admin.close();
      await test.close();
      await cluster.stop();
    },
  };
}

/** Two people of the fleet: one who may edit objects and what editing needs, and one who only reads. */
export async function addEditorAndReader({ test, owner }: ShopCluster): Promise<{ editor: Person; reader: Person }> {
  const role = await owner.request({
    method: 'POST',
    url: '/access/roles',
    payload: {
      name: 'Editor',
      permissions: ['workloads:edit', 'workloads:read', 'clusters:read', 'inventory:read'],
      scopes: ['fleet'],
    },
  });
  const editor = await addPerson(test, 'eva');
  await addGrant(test, editor, String(role.body.id));
  const reader = await addPerson(test, 'rita');
  await addGrant(test, reader, 'viewer');
  return { editor, reader };
}
