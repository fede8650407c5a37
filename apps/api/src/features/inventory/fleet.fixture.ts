import {
  buildManifest,
  type ManifestObject,
  type ObjectRow,
  projectObject,
  rbacKinds,
  rungs,
  watchedKinds,
} from '@quarterdeck/kubernetes';
import { newId } from '../../platform/ids.ts';
import { giveNumber } from '../../testing/people.ts';
import type { TestApp } from '../../testing/test-app.ts';
import { projectGroup } from '../access/index.ts';
import type { Fence } from './inventory.store.ts';
import { kindKey } from './kind-registry.ts';
import { kindNumbers, rbacGroup } from './object-rows.ts';

export type FakeCluster = { id: string; slug: string; fence: Fence };

/**
 * A registered cluster that nobody dials, owned by the test, with all its watches streaming and the roles of the
 * onboarding manifest in it.
 */
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
  await putRbac({ composition }, cluster, joinedManifest());
  await stream({ composition }, cluster);
  return cluster;
}

/** All watches of the cluster are open. */
export async function stream({ composition }: Pick<TestApp, 'composition'>, { fence }: FakeCluster): Promise<void> {
  for (const plural of [...Object.keys(kindNumbers), ...rbacKinds.map(kindKey)]) {
    await composition.inventoryStore.putStream(fence, plural, { state: 'streaming', resourceVersion: '1' });
  }
}

type RbacManifest = Readonly<Record<string, unknown>> & {
  kind: string;
  metadata: { name: string; namespace?: string };
};

/** Writes roles and bindings as the worker would. */
export async function putRbac(
  { composition }: Pick<TestApp, 'composition'>,
  { fence }: FakeCluster,
  objects: readonly RbacManifest[],
): Promise<void> {
  for (const kind of rbacKinds) {
    const rows = objects.flatMap((object) => {
      if (object.kind !== kind.kind || kind.project === 'event') return [];
      const { metadata } = object;
      const uid = `uid-${metadata.namespace ?? ''}-${metadata.name}`;
      return projectObject({ ...object, metadata: { ...metadata, uid } }, kind.project) ?? [];
    });
    await composition.rbacStore.storeBatch(fence, kindKey(kind), { puts: rows, deletes: [] });
  }
}

/** Takes a binding away as the worker would. */
export async function dropBinding(
  { composition }: Pick<TestApp, 'composition'>,
  { fence }: FakeCluster,
  namespace: string,
  name: string,
): Promise<void> {
  const resource = namespace === '' ? 'clusterrolebindings' : 'rolebindings';
  const deletes = [{ namespace, name, uid: `uid-${namespace}-${name}` }];
  await composition.rbacStore.storeBatch(fence, kindKey({ group: rbacGroup, resource }), { puts: [], deletes });
}

/** A binding of a group to a role: in a namespace, or with an empty one in the whole cluster. */
export function bindingOf(group: string, namespace: string, role: string, roleKind = 'ClusterRole'): RbacManifest {
  return {
    kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
    metadata: { name: `${role}-of-${group}`, ...(namespace === '' ? {} : { namespace }) },
    roleRef: { kind: roleKind, name: role },
    subjects: [{ kind: 'Group', name: group }],
  };
}

/** Gives a project a number in the cluster and binds its groups to our rungs in a namespace, as the worker does. */
export async function bindProject(
  test: TestApp,
  cluster: FakeCluster,
  place: { namespace: string; projectId: string; number: number },
): Promise<void> {
  await giveNumber(test, cluster.id, place.projectId, place.number);
  const bindings = rungs.map((rung) =>
    bindingOf(projectGroup(place.number, rung), place.namespace, `quarterdeck-${rung}`),
  );
  await putRbac(test, cluster, bindings);
}

/** The onboarding manifest as a cluster holds it: aggregated roles with their rules. */
export function joinedManifest(): RbacManifest[] {
  const objects = buildManifest({ kinds: watchedKinds });
  const feeds = (role: ManifestObject, { metadata }: ManifestObject) => {
    const { clusterRoleSelectors = [] } = (role.aggregationRule ?? {}) as {
      clusterRoleSelectors?: { matchLabels: Record<string, string> }[];
    };
    return clusterRoleSelectors.some(({ matchLabels }) =>
      Object.entries(matchLabels).every(([key, value]) => metadata.labels[key] === value),
    );
  };
  const rulesOf = (role: ManifestObject): unknown[] => [
    ...((role.rules as unknown[] | undefined) ?? []),
    ...objects.filter((other) => other !== role && other.kind === 'ClusterRole' && feeds(role, other)).flatMap(rulesOf),
  ];
  return objects.map((object) => ({ ...object, rules: rulesOf(object) }));
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
