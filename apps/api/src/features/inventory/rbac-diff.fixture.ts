import {
  allows,
  grantsOf,
  joinPolicy,
  type NamedRbacObject,
  projectObject,
  rbacKinds,
  rulesOf,
  seesRow,
} from '@quarterdeck/kubernetes';
import type { Cluster } from '@quarterdeck/testing';
import type { Composition } from '../../compose.ts';
import type { AccountPrincipal } from '../../platform/principal.ts';
import { personUser } from '../access/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import { createAccessSets } from './access-sets.ts';
import type { AskedKind } from './cluster-sight.ts';
import { podRow } from './fleet.fixture.ts';
import { createInventoryReadModel } from './inventory.read-model.ts';
import type { Fence } from './inventory.store.ts';

import { probedKinds, type RbacManifest, type RbacWorld } from './rbac-world.fixture.ts';

/** The same question answered three ways. */
export type Difference = {
  asker: readonly string[];
  probe: string;
  evaluator: boolean;
  sql?: boolean;
  server: boolean;
};
export type Comparison = { probes: number; allowed: number; reviews: number; differences: Difference[] };

const rbacPath = '/apis/rbac.authorization.k8s.io/v1';
const atOnce = 16;

/** Where an object of RBAC lives; without a name the collection. */
function pathOf({ kind, metadata: { namespace } }: RbacManifest): string {
  const plural = `${kind.toLowerCase()}s`;
  return namespace === undefined ? `${rbacPath}/${plural}` : `${rbacPath}/namespaces/${namespace}/${plural}`;
}
const nameOf = (object: RbacManifest) => `${pathOf(object)}/${object.metadata.name}`;

/** Runs over the items, some at a time. */
export async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

/** Makes the world's namespaces, roles and bindings in the cluster; what `before` had and it has not is deleted. */
export async function putWorld(cluster: Cluster, world: RbacWorld, before?: RbacWorld): Promise<void> {
  const had = new Map(before?.objects.map((object) => [nameOf(object), object]));
  if (before === undefined) {
    await eachOf(world.namespaces, (name) => cluster.request('POST', '/api/v1/namespaces', { metadata: { name } }));
  }
  const isRole = ({ kind }: RbacManifest) => kind === 'Role' || kind === 'ClusterRole';
  for (const wanted of [isRole, (object: RbacManifest) => !isRole(object)]) {
    await eachOf(world.objects.filter(wanted), async (object) => {
      const old = had.get(nameOf(object));
      if (old === undefined) await cluster.request('POST', pathOf(object), object).catch(ignoreConflict);
      else if (JSON.stringify(old) !== JSON.stringify(object)) await cluster.request('PATCH', nameOf(object), object);
    });
  }
  const now = new Set(world.objects.map(nameOf));
  await eachOf(
    [...had.keys()].filter((path) => !now.has(path)),
    (path) => cluster.request('DELETE', path),
  );
}

/** Two roles of one name can be rolled: the first stays. */
function ignoreConflict(error: unknown): void {
  if ((error as { status?: number }).status !== 409) throw error;
}

/** Rows of every namespace and kind, as if the worker had seen such objects. */
export async function putRows(composition: Composition, fence: Fence, world: RbacWorld): Promise<void> {
  const row = (name: string, namespace: string) =>
    podRow(name, { namespace, uid: `${namespace}/${name}`, search: name });
  for (const { id, namespaced } of probedKinds) {
    const rows = namespaced
      ? world.namespaces.flatMap((namespace) => world.names.map((name) => row(name, namespace)))
      : (id === 'namespaces' ? world.namespaces : world.names).map((name) => row(name, ''));
    for (let start = 0; start < rows.length; start += 1000) {
      const { held } = await composition.inventoryStore.putObjects(fence, id, rows.slice(start, start + 1000));
      if (!held) throw new Error('The worker has the cluster under another epoch by now.');
    }
  }
}

/** What the API server holds of RBAC: reduced as the worker stores it, and with whole rules. */
async function readRbac(cluster: Cluster): Promise<{ stored: string[]; whole: NamedRbacObject[] }> {
  const stored: string[] = [];
  const whole: NamedRbacObject[] = [];
  for (const kind of rbacKinds) {
    const { items } = await cluster.request<{ items: Record<string, unknown>[] }>(
      'GET',
      `${rbacPath}/${kind.resource}`,
    );
    for (const item of items) {
      const row = kind.project === 'event' ? undefined : projectObject(item, kind.project);
      if (row?.rbac === undefined) throw new Error(`A ${kind.kind} of the cluster could not be read.`);
      const { namespace, name, rbac } = row;
      stored.push(keyOf(kind.resource, namespace, name, rbac));
      whole.push({ ...('rules' in rbac ? { kind: rbac.kind, rules: rulesOf(item) } : rbac), namespace, name });
    }
  }
  return { stored: stored.sort(), whole };
}

function keyOf(resource: string, namespace: string, name: string, about: object): string {
  const { rules, subjects, roleName } = about as { rules?: unknown[]; subjects?: string[]; roleName?: string };
  return JSON.stringify([resource, namespace, name, rules ?? [], subjects ?? [], roleName ?? null]);
}

/** Whether the rows of `cluster_rbac` are what the API server holds: the worker has caught up. */
export async function isCaughtUp(composition: Composition, cluster: Cluster, clusterNo: number): Promise<boolean> {
  const [{ stored }, rows] = await Promise.all([
    readRbac(cluster),
    composition.database.pool.query<{
      resource: string;
      namespace: string;
      name: string;
      rules: object[];
      subjects: string[];
      role_name: string | null;
    }>(
      `SELECT k.resource, r.namespace, r.name, r.rules, r.subjects, r.role_name FROM cluster_rbac r
       JOIN inventory_kind k ON k.kind_no = r.kind_no WHERE r.cluster_no = $1`,
      [clusterNo],
    ),
  ]);
  const kept = rows.rows.map(({ resource, namespace, name, rules, subjects, role_name }) =>
    keyOf(resource, namespace, name, {
      rules: rules.map((rule) => ordered(rule as Record<string, unknown>)),
      subjects,
      ...(role_name === null ? {} : { roleName: role_name }),
    }),
  );
  return JSON.stringify(kept.sort()) === JSON.stringify(stored);
}

/** jsonb sorts the keys of objects. */
function ordered({ verbs, apiGroups, resources, resourceNames }: Record<string, unknown>) {
  return { verbs, apiGroups, resources, resourceNames };
}

/**
 * Asks for every asker, kind and row: the evaluator over the objects as the API server has them, a list over the rows
 * through the product's access sets and SQL, and the API server itself as the asker. Beside it questions about verbs and
 * subresources, which are of no row, to the evaluator and the server.
 * @param limit stops after so many probes
 */
export async function compareAnswers(
  composition: Composition,
  cluster: Cluster,
  record: ClusterRecord,
  world: RbacWorld,
  limit = Number.POSITIVE_INFINITY,
): Promise<Comparison> {
  const policy = joinPolicy((await readRbac(cluster)).whole);
  const readModel = createInventoryReadModel(composition.database);
  const groupsOf = new Map(world.askers.map((groups, index) => [`asker-${index}`, groups]));
  // Whoever asks may read everything by the portal's grants: the cluster alone decides.
  const sets = createAccessSets({
    database: composition.database,
    rbac: composition.rbacStore,
    ask: async () => ({ answer: 'unreachable' }),
    access: {
      visibleScope: async () => ({ fleet: true, clusters: [], projects: [], environments: [], namespaces: [] }),
      groupsOver: async ({ id }) => ({ user: personUser, base: groupsOf.get(id) ?? [], places: new Map() }),
      standing: async () => ({ rights: groupsOf, terrain: world, until: Number.POSITIVE_INFINITY }),
    },
  });
  const result: Comparison = { probes: 0, allowed: 0, reviews: 0, differences: [] };

  async function review(groups: readonly string[], resourceAttributes: object): Promise<boolean> {
    result.reviews += 1;
    const answer = await cluster.request<{ status: { allowed: boolean } }>(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
      { headers: { 'impersonate-user': personUser, 'impersonate-group': [...groups] } },
    );
    return answer.status.allowed;
  }

  function note(asker: readonly string[], probe: string, answers: Omit<Difference, 'asker' | 'probe'>): void {
    result.probes += 1;
    if (answers.server) result.allowed += 1;
    const { evaluator, sql = evaluator, server } = answers;
    if (evaluator !== server || sql !== server) result.differences.push({ asker, probe, ...answers });
  }

  async function shownBySql(id: string, kind: AskedKind): Promise<Set<string>> {
    const principal: AccountPrincipal = {
      kind: 'user',
      id,
      name: id,
      displayName: id,
      credential: { kind: 'session', id, expiresAt: new Date(Date.now() + 3_600_000) },
      subjects: [id],
    };
    const { reach } = await sets.of(principal, kind, [record], true);
    const filter = { plural: kind.id, reach };
    const rows = await readModel.page(filter, { column: 'name', descending: false }, undefined, 1_000_000);
    return new Set(rows.map(({ row: { namespace, name } }) => `${namespace}/${name}`));
  }

  async function compareKind(id: string, groups: readonly string[], kind: AskedKind): Promise<void> {
    const grants = grantsOf(policy, { user: personUser, groups });
    const shown = await shownBySql(id, kind);
    const { group, resource } = kind;
    for (const namespace of kind.namespaced ? world.namespaces : ['']) {
      if (result.probes >= limit) return;
      const place = namespace === '' ? {} : { namespace };
      const lists = await review(groups, { verb: 'list', group, resource, ...place });
      for (const name of kind.id === 'namespaces' ? world.namespaces : world.names) {
        // What may be listed is visible; else the server is asked for the one object.
        const own = kind.id === 'namespaces' ? { namespace: name } : place;
        const server = lists || (await review(groups, { verb: 'get', group, resource, name, ...own }));
        note(groups, `${resource} ${namespace}/${name}`, {
          evaluator: seesRow(grants, kind, { namespace, name }),
          sql: shown.has(`${namespace}/${name}`),
          server,
        });
      }
    }
    for (const subresource of ['log', 'scale']) {
      const question = {
        verb: 'get',
        group,
        resource,
        subresource,
        namespace: world.namespaces[0],
        name: world.names[0],
      };
      note(groups, `get ${resource}/${subresource}`, {
        evaluator: allows(grants, question),
        server: await review(groups, question),
      });
    }
  }

  const tasks = [...groupsOf].flatMap(([id, groups]) => probedKinds.map((kind) => ({ id, groups, kind })));
  await eachOf(tasks, ({ id, groups, kind }) =>
    result.probes >= limit ? Promise.resolve() : compareKind(id, groups, kind),
  );
  sets.close();
  return result;
}
