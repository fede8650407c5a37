import { type ObjectRow, projectObject, watchedKinds } from '@quarterdeck/kubernetes';
import type { TestApp } from '../../testing/test-app.ts';
import type { FakeCluster } from './fleet.fixture.ts';
import { kindKey } from './kind-registry.ts';

type Manifest = { kind: string; metadata: { name: string } & Record<string, unknown> } & Record<string, unknown>;

const at = '2026-11-24T10:00:00Z';
const container = { name: 'app', image: 'registry.example.com/shop/cart:2.0.0' };
const labels = { app: 'cart' };
const uidOf = (kind: string, name: string) => `${kind}-${name}`.toLowerCase();

function owned(kind: string, name: string) {
  return { ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid: uidOf(kind, name), controller: true }] };
}

/** A pod of the Deployment `cart` in `shop`. */
export function cartPod(name: string): Manifest {
  return {
    kind: 'Pod',
    metadata: { name, labels, ...owned('ReplicaSet', 'cart-7d9f') },
    spec: {
      containers: [
        { ...container, envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'password' } }] },
      ],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
    },
    status: { phase: 'Running' },
  };
}

/** A Deployment with all that can stand around it, and a namesake whose pods are called alike. */
export const cart: readonly Manifest[] = [
  {
    kind: 'Deployment',
    metadata: { name: 'cart', labels },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { spec: { containers: [container] } } },
  },
  {
    kind: 'ReplicaSet',
    metadata: {
      name: 'cart-7d9f',
      labels,
      annotations: { 'deployment.kubernetes.io/revision': '2' },
      ...owned('Deployment', 'cart'),
    },
    spec: { replicas: 2, selector: { matchLabels: labels }, template: { spec: { containers: [container] } } },
  },
  cartPod('cart-7d9f-bbbbb'),
  cartPod('cart-7d9f-ccccc'),
  { kind: 'Pod', metadata: { name: 'cart-4444-zzzzz', labels: { app: 'other' } }, spec: { containers: [container] } },
  {
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'cart' },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'cart' }, maxReplicas: 9 },
  },
  { kind: 'PodDisruptionBudget', metadata: { name: 'cart' }, spec: { selector: { matchLabels: labels } } },
  { kind: 'PodDisruptionBudget', metadata: { name: 'other' }, spec: { selector: { matchLabels: { app: 'other' } } } },
  { kind: 'Service', metadata: { name: 'cart' }, spec: { selector: labels } },
  { kind: 'Service', metadata: { name: 'other' }, spec: { selector: { app: 'other' } } },
  {
    kind: 'EndpointSlice',
    metadata: { name: 'cart-x1', labels: { 'kubernetes.io/service-name': 'cart' }, ...owned('Service', 'cart') },
    endpoints: [{ addresses: ['10.0.0.1'], targetRef: { kind: 'Pod', name: 'cart-7d9f-bbbbb' } }],
  },
  {
    kind: 'Ingress',
    metadata: { name: 'shop' },
    spec: {
      rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 'cart', port: { number: 80 } } } }] } }],
    },
  },
  {
    kind: 'HTTPRoute',
    metadata: { name: 'shop' },
    spec: { rules: [{ backendRefs: [{ name: 'cart', port: 80 }] }] },
    status: { parents: [{ parentRef: { name: 'edge' }, conditions: [] }] },
  },
  { kind: 'Gateway', metadata: { name: 'edge' }, spec: {} },
  { kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: {}, status: { phase: 'Bound' } },
  { kind: 'ConfigMap', metadata: { name: 'settings' } },
  { kind: 'Secret', metadata: { name: 'password' } },
];

/** Rows of these objects, projected as the worker does. The uid of each is its kind and name. */
export async function putAll(
  { composition }: Pick<TestApp, 'composition'>,
  { fence }: FakeCluster,
  namespace: string,
  objects: readonly Manifest[],
): Promise<void> {
  for (const kind of watchedKinds) {
    const rows: ObjectRow[] = objects.flatMap((object) => {
      if (object.kind !== kind.kind || kind.project === 'event') return [];
      const metadata = {
        namespace,
        uid: uidOf(object.kind, object.metadata.name),
        creationTimestamp: at,
        ...object.metadata,
      };
      return projectObject({ ...object, metadata }, kind.project) ?? [];
    });
    if (rows.length > 0) await composition.inventoryStore.putObjects(fence, kindKey(kind), rows);
  }
}

/** What happened to an object of `shop`, some minutes ago. */
export function eventOf(kind: string, name: string, minutesAgo: number, uid = uidOf(kind, name)) {
  const time = new Date(Date.now() - minutesAgo * 60_000);
  return {
    namespace: 'shop',
    uid: `event-${uid}-${minutesAgo}`,
    object: `${kind}/${name}`,
    objectUid: uid,
    type: 'Warning',
    reason: 'Unhealthy',
    message: `${name} did not answer`,
    count: 3,
    firstAt: time,
    lastAt: time,
  };
}
