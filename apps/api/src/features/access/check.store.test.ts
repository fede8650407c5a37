import type { Permission, ScopeKind } from '@quarterdeck/contracts';
import { createTestDatabase, type TestDatabase } from '@quarterdeck/database/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { fromUuid } from '../../platform/ids.ts';
import type { PermissionTarget } from '../../platform/principal.ts';
import { createRightsStore } from './rights.store.ts';
import { decide, toRights } from './rights.ts';
import { visibleScopeOf } from './scope.ts';
import { outlivesArchive, resolve } from './terrain.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase(inject('postgres'));
  await database.pool.query(`
    INSERT INTO access_roles (id, built_in, name, scopes) VALUES ('reader', false, 'reader', '{fleet}'), ('writer', false, 'writer', '{fleet}');
    INSERT INTO access_role_permissions VALUES ('reader', 'workloads:logs'), ('writer', 'workloads:logs'), ('writer', 'workloads:edit')`);
  for (const [index, id] of clusters.entries()) {
    await database.pool.query('INSERT INTO access_clusters (id, labels) VALUES ($1, $2)', [
      id,
      { cluster: `c${index}`, tier: index === 0 ? 'production' : 'test' },
    ]);
  }
  for (const [index, id] of projects.entries()) {
    await database.pool.query(
      'INSERT INTO access_project (id, slug, display_name, archived_at) VALUES ($1, $2, $2, CASE WHEN $3 THEN now() END)',
      [id, `p${index}`, index === 2],
    );
  }
  for (const [index, id] of environments.entries()) {
    await database.pool.query(
      "INSERT INTO access_environment (id, project_id, name, tier, rules) VALUES ($1, $2, $3, 'test', '[]')",
      [id, projects[index % projects.length], `e${index}`],
    );
    await database.pool.query(
      'INSERT INTO access_namespaces (cluster_id, namespace, project_id, environment_id) VALUES ($1, $2, $3, $4)',
      [clusters[index % clusters.length], `n${index}`, projects[index % projects.length], id],
    );
  }
});
afterAll(() => database.drop());

const uuid = (kind: number, index: number) => `0199${kind}000-0000-7000-8000-00000000000${index}`;
const clusters = [0, 1, 2].map((index) => uuid(1, index));
const projects = [0, 1, 2].map((index) => uuid(2, index));
const environments = [0, 1, 2, 3].map((index) => uuid(3, index));
const subjects = [0, 1, 2].map((index) => uuid(4, index));
const asked: Permission[] = ['workloads:logs', 'workloads:edit', 'workloads:exec'];

const grantArbitrary = fc.record({
  subject: fc.constantFrom(...subjects),
  role: fc.constantFrom('reader', 'writer'),
  kind: fc.constantFrom<ScopeKind>('fleet', 'set', 'cluster', 'project', 'environment'),
  pick: fc.nat(3),
  isOver: fc.boolean(),
});
const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const targetArbitrary = fc.record({
  clusterId: maybe(clusters.map((id) => fromUuid('clu', id))),
  projectId: maybe(projects.map((id) => fromUuid('prj', id))),
  environmentId: maybe(environments.map((id) => fromUuid('env', id))),
  namespace: maybe(['n0', 'n1', 'n2', 'n3', 'nobody']),
});

describe('the check by a copy and the check by rows', () => {
  it('give the same answer, whatever is granted and asked', async () => {
    const store = createRightsStore(database);
    const terrain = await store.terrain();
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(grantArbitrary, {
          maxLength: 6,
          selector: ({ subject, role, kind, pick }) => [subject, role, kind, pick].join(),
        }),
        fc.array(targetArbitrary, { minLength: 5, maxLength: 10 }),
        fc.subarray(subjects, { minLength: 1 }),
        async (granted, targets, mine) => {
          await putGrants(granted);
          const rights = toRights(await store.grantsOf(mine));
          for (const given of targets) {
            const target = Object.fromEntries(
              Object.entries(given).filter(([, value]) => value !== undefined),
            ) as PermissionTarget;
            for (const permission of asked) {
              const place = resolve(terrain, target);
              const byCopy = place !== undefined && decide(rights, terrain, permission, place) !== undefined;
              expect(byCopy, JSON.stringify({ granted, target, permission })).toBe(
                await byRows(store, mine, permission, target),
              );
            }
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  it('agree with the scope that lists are narrowed by', async () => {
    const store = createRightsStore(database);
    const terrain = await store.terrain();
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(grantArbitrary, {
          maxLength: 6,
          selector: ({ subject, role, kind, pick }) => [subject, role, kind, pick].join(),
        }),
        async (granted) => {
          await putGrants(granted);
          const rights = toRights(await store.grantsOf(subjects));
          for (const permission of asked) {
            const scope = visibleScopeOf(rights, terrain, undefined, permission);
            for (const [cluster, places] of terrain.namespaces) {
              for (const namespace of [...places.keys(), 'nobody']) {
                const target = { clusterId: fromUuid('clu', cluster), namespace };
                const isListed =
                  scope.fleet ||
                  scope.clusters.includes(cluster) ||
                  scope.namespaces.some((place) => place.cluster === cluster && place.namespace === namespace);
                // A whole-cluster or fleet list shows archived projects too: looking is what they still allow.
                const isArchived = terrain.projects.get(places.get(namespace)?.project ?? '')?.archived === true;
                if (isArchived && !outlivesArchive(permission)) continue;
                expect(isListed, JSON.stringify({ granted, target, permission })).toBe(
                  await byRows(store, subjects, permission, target),
                );
              }
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });
});

type Granted = { subject: string; role: string; kind: ScopeKind; pick: number; isOver: boolean };

async function putGrants(granted: readonly Granted[]): Promise<void> {
  await database.pool.query('DELETE FROM access_grants');
  for (const { subject, role, kind, pick, isOver } of granted) {
    const ids = { cluster: clusters, project: projects, environment: environments };
    const scopeId = kind === 'fleet' || kind === 'set' ? null : ids[kind][pick % ids[kind].length];
    await database.pool.query(
      `INSERT INTO access_grants (id, subject_kind, subject_id, role_id, scope_kind, scope_id, selector, expires_at)
       VALUES (gen_random_uuid(), 'user', $1, $2, $3, $4, $5, CASE WHEN $6 THEN now() - interval '1 s' END)
       ON CONFLICT DO NOTHING`,
      [subject, role, kind, scopeId, kind === 'set' ? { tier: pick % 2 === 0 ? 'production' : 'test' } : null, isOver],
    );
  }
}

async function byRows(
  store: ReturnType<typeof createRightsStore>,
  mine: readonly string[],
  permission: Permission,
  target: PermissionTarget,
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const place = await store.resolve(tx, target);
    if (place === undefined || (place.isArchived && !outlivesArchive(permission))) return false;
    return (await store.deciding(tx, mine, permission, place)) !== undefined;
  });
}
