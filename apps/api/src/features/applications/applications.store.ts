import type { TargetSelector } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { type Tier, tenantCondition, type VisibleScope } from '../access/index.ts';
import { fromKept, type KeptSelector, takesCluster } from './target-selector.store.ts';

export type TargetRecord = {
  id: string;
  applicationId: string;
  environmentId: string;
  clusterId: string;
  namespace: string;
  state: 'active' | 'leaving' | 'paused';
};

export type ApplicationRecord = {
  id: string;
  projectId: string;
  project: string;
  slug: string;
  displayName: string;
  team: string | undefined;
  createdAt: Date;
  environments: {
    environmentId: string;
    name: string;
    tier: Tier;
    /** Narrows what the environment's rules give; absent: all of it. */
    selector?: TargetSelector;
    targets: TargetRecord[];
  }[];
};

type ApplicationRow = {
  id: string;
  project_id: string;
  project: string;
  slug: string;
  display_name: string;
  team: string | null;
  created_at: Date;
};
/** A target with its environment; an environment without targets has a row, too, and so has an application with neither. */
type TargetRow = {
  target_id: string | null;
  environment_id: string | null;
  name: string;
  tier: Tier;
  selector: KeptSelector | null;
  cluster_id: string | null;
  namespace: string | null;
  state: TargetRecord['state'] | null;
};

const targetColumns = `ae.environment_id, e.name, e.tier, ae.selector, t.id AS target_id, t.cluster_id, t.namespace,
  CASE WHEN t.state = 'paused' THEN t.state WHEN n.cluster_id IS NULL THEN 'leaving' ELSE 'active' END AS state`;
const targetTables = `app_environment ae JOIN access_environment e ON e.id = ae.environment_id
  LEFT JOIN target t ON t.app_environment_id = ae.id
  LEFT JOIN access_namespaces n ON n.cluster_id = t.cluster_id AND n.namespace = t.namespace AND n.environment_id = ae.environment_id
    AND ${takesCluster}`;
const targetOrder = 'e.position, e.created_at, t.created_at, t.cluster_id, t.namespace';

export type ApplicationFilter = {
  projects?: readonly string[] | undefined;
  slugs?: readonly string[] | undefined;
  /** Names of environments, slugs of clusters. */
  environments?: readonly string[] | undefined;
  clusters?: readonly string[] | undefined;
  q?: string | undefined;
};

/** Where a page begins: those that `first` names are before all others. */
export type ApplicationPosition = { isFirst: boolean; slug: string; id: string };

export type ApplicationsStore = ReturnType<typeof createApplicationsStore>;

/** Applications, the environments they go to, and their targets. */
export function createApplicationsStore(database: Database) {
  const { keyed: pool } = database;

  async function withEnvironments(on: Queryable, rows: readonly ApplicationRow[]): Promise<ApplicationRecord[]> {
    const ids = rows.map((row) => row.id);
    const targets = await on.query<TargetRow & { application_id: string }>(
      `SELECT ae.application_id, ${targetColumns} FROM ${targetTables} WHERE ae.application_id = ANY($1::uuid[]) ORDER BY ${targetOrder}`,
      [ids],
    );
    const ofApplication = Map.groupBy(targets.rows, (target) => target.application_id);
    return rows.map((row) => toApplication(row, ofApplication.get(row.id) ?? []));
  }

  return {
    /**
     * Applications of the scope's projects, and those that go to one of its environments.
     * @param first ids of those that come before all others
     */
    async page(
      visible: VisibleScope,
      filter: ApplicationFilter,
      first: readonly string[],
      after: ApplicationPosition | undefined,
      limit: number,
    ): Promise<{ rows: ApplicationRecord[]; total: number }> {
      const values: unknown[] = [];
      const where = ['true'];
      function add(sql: (place: string) => string, value: unknown): void {
        values.push(value);
        where.push(sql(`$${values.length}`));
      }
      const ofProject = tenantCondition(visible, { project: 'a.project_id' }, values);
      const ofEnvironment = tenantCondition(
        visible,
        { project: 'a.project_id', environment: 'ae.environment_id' },
        values,
      );
      where.push(
        `(${ofProject} OR EXISTS (SELECT FROM app_environment ae WHERE ae.application_id = a.id AND ${ofEnvironment}))`,
      );
      if (filter.projects !== undefined) add((place) => `p.slug = ANY(${place}::text[])`, filter.projects);
      if (filter.slugs !== undefined) add((place) => `a.slug = ANY(${place}::text[])`, filter.slugs);
      if (filter.q !== undefined && filter.q !== '')
        add((place) => `position(lower(${place}) IN lower(a.slug || ' ' || a.display_name)) > 0`, filter.q);
      const goesTo = placesOf(filter);
      if (goesTo !== undefined) {
        values.push(filter.environments ?? null, filter.clusters ?? null);
        where.push(goesTo(`$${values.length - 1}`, `$${values.length}`));
      }
      const from = 'FROM applications_application a JOIN access_project p ON p.id = a.project_id';
      const total = await database.pool.query<{ n: number }>(
        `SELECT count(*)::int AS n ${from} WHERE ${where.join(' AND ')}`,
        values,
      );
      values.push(first.map(toUuid));
      const isLater = `(a.id <> ALL($${values.length}::uuid[]))`;
      if (after !== undefined) {
        values.push(!after.isFirst, after.slug, toUuid(after.id));
        const at = values.length;
        where.push(`(${isLater}, a.slug, a.id) > ($${at - 2}::boolean, $${at - 1}, $${at}::uuid)`);
      }
      const result = await database.pool.query<ApplicationRow>(
        `SELECT a.*, p.slug AS project ${from} WHERE ${where.join(' AND ')} ORDER BY ${isLater}, a.slug, a.id LIMIT ${limit}`,
        values,
      );
      return { rows: await withEnvironments(pool, result.rows), total: total.rows[0]?.n ?? 0 };
    },

    async findById(id: string): Promise<ApplicationRecord | undefined> {
      return (await this.findByIds([id]))[0];
    },

    async findByIds(ids: readonly string[]): Promise<ApplicationRecord[]> {
      // One statement: each deployment asks for its application.
      const result = await pool.query<ApplicationRow & TargetRow>(
        `SELECT a.id, a.project_id, p.slug AS project, a.slug, a.display_name, a.team, a.created_at, ${targetColumns}
         FROM applications_application a JOIN access_project p ON p.id = a.project_id
         LEFT JOIN (${targetTables}) ON ae.application_id = a.id WHERE a.id = ANY($1::uuid[]) ORDER BY ${targetOrder}`,
        [ids.map(toUuid)],
      );
      const ofApplication = Map.groupBy(result.rows, ({ id }) => id);
      return [...ofApplication.values()].flatMap((rows) => rows.slice(0, 1).map((row) => toApplication(row, rows)));
    },

    /** False when the project has one of this slug already. */
    async insert(
      tx: Transaction,
      application: { id: string; projectId: string; slug: string; displayName: string; team: string | undefined },
    ): Promise<boolean> {
      const result = await tx.query(
        `INSERT INTO applications_application (id, project_id, slug, display_name, team) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (project_id, slug) DO NOTHING RETURNING id`,
        [
          toUuid(application.id),
          toUuid(application.projectId),
          application.slug,
          application.displayName,
          application.team ?? null,
        ],
      );
      return result.rows.length > 0;
    },

    async countOf(tx: Transaction, projectId: string): Promise<number> {
      const result = await tx.query<{ count: number }>(
        'SELECT count(*)::int FROM applications_application WHERE project_id = $1',
        [toUuid(projectId)],
      );
      return result.rows[0]?.count ?? 0;
    },

    async addEnvironment(tx: Transaction, applicationId: string, environmentId: string): Promise<void> {
      await tx.query(
        'INSERT INTO app_environment (id, application_id, environment_id) VALUES (gen_random_uuid(), $1, $2) ON CONFLICT DO NOTHING',
        [toUuid(applicationId), toUuid(environmentId)],
      );
    },

    /**
     * Makes targets equal to the namespaces the environments own, as far as the application is not narrowed to fewer
     * clusters: new ones are added, ones that are none any more are `leaving`; what was put there stays until a remove
     * release.
     */
    async alignTargets(on: Queryable, applicationId?: string): Promise<void> {
      // Of one, the plan is that of its key.
      const [mine, values] =
        applicationId === undefined ? ['true', []] : ['ae.application_id = $1', [toUuid(applicationId)]];
      const here = 'n.cluster_id = t.cluster_id AND n.namespace = t.namespace';
      const ruled = `${here} AND ${takesCluster}`;
      const state = "CASE WHEN n.cluster_id IS NULL THEN 'leaving' ELSE 'active' END";
      // Looked at with every read of an application and every release; there is seldom anything to change.
      const wrong = await on.query<{ environment: string; cluster: string; namespace: string; target: string | null }>(
        `SELECT ae.id AS environment, n.cluster_id AS cluster, n.namespace, NULL::uuid AS target FROM app_environment ae
           JOIN access_namespaces n ON n.environment_id = ae.environment_id
           WHERE ${mine} AND ${takesCluster} AND NOT EXISTS (SELECT FROM target t WHERE t.app_environment_id = ae.id AND ${here})
         UNION ALL
         SELECT ae.id, t.cluster_id, t.namespace, t.id FROM app_environment ae JOIN target t ON t.app_environment_id = ae.id
           LEFT JOIN access_namespaces n ON n.environment_id = ae.environment_id AND ${ruled}
           WHERE ${mine} AND t.state <> 'paused' AND t.state <> ${state}`,
        values,
      );
      for (const row of wrong.rows) {
        if (row.target !== null) continue;
        await on.query(
          'INSERT INTO target (id, app_environment_id, cluster_id, namespace) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
          [toUuid(newId('tgt')), row.environment, row.cluster, row.namespace],
        );
      }
      if (wrong.rows.every(({ target }) => target === null)) return;
      await on.query(
        `UPDATE target SET state = now.state FROM (
           SELECT t.id, ${state} AS state FROM app_environment ae JOIN target t ON t.app_environment_id = ae.id
           LEFT JOIN access_namespaces n ON n.environment_id = ae.environment_id AND ${ruled} WHERE ${mine}) AS now
         WHERE target.id = now.id AND target.state <> 'paused' AND target.state <> now.state`,
        values,
      );
    },

    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM applications_application WHERE id = $1', [toUuid(id)]);
    },

    /** Applications with a target in a cluster: the reason it cannot be removed. */
    async slugsIn(clusterId: string): Promise<string[]> {
      const result = await pool.query<{ slug: string }>(
        `SELECT DISTINCT a.slug FROM target t JOIN app_environment ae ON ae.id = t.app_environment_id
         JOIN applications_application a ON a.id = ae.application_id WHERE t.cluster_id = $1 ORDER BY a.slug`,
        [toUuid(clusterId)],
      );
      return result.rows.map((row) => row.slug);
    },
  };
}

/** SQL of a condition on `a`: that it goes to one of the environments and clusters that are named. */
function placesOf(filter: ApplicationFilter): ((environments: string, clusters: string) => string) | undefined {
  if (filter.environments === undefined && filter.clusters === undefined) return undefined;
  return (environments, clusters) => `EXISTS (
    SELECT FROM app_environment ae JOIN access_environment e ON e.id = ae.environment_id
    WHERE ae.application_id = a.id AND (${environments}::text[] IS NULL OR e.name = ANY(${environments}::text[]))
      AND (${clusters}::text[] IS NULL OR EXISTS (
        SELECT FROM target t JOIN clusters_cluster c ON c.id = t.cluster_id
        WHERE t.app_environment_id = ae.id AND c.slug = ANY(${clusters}::text[]))))`;
}

function toApplication(row: ApplicationRow, rows: readonly TargetRow[]): ApplicationRecord {
  const environments = new Map<string, ApplicationRecord['environments'][number]>();
  for (const target of rows) {
    if (target.environment_id === null) continue;
    const entry = environments.get(target.environment_id) ?? {
      environmentId: fromUuid('env', target.environment_id),
      name: target.name,
      tier: target.tier,
      ...(target.selector === null ? {} : { selector: fromKept(target.selector) }),
      targets: [],
    };
    environments.set(target.environment_id, entry);
    if (target.target_id === null || target.cluster_id === null || target.namespace === null) continue;
    entry.targets.push({
      id: fromUuid('tgt', target.target_id),
      applicationId: fromUuid('app', row.id),
      environmentId: entry.environmentId,
      clusterId: fromUuid('clu', target.cluster_id),
      namespace: target.namespace,
      state: target.state ?? 'active',
    });
  }
  return {
    id: fromUuid('app', row.id),
    projectId: fromUuid('prj', row.project_id),
    project: row.project,
    slug: row.slug,
    displayName: row.display_name,
    team: row.team ?? undefined,
    createdAt: row.created_at,
    environments: [...environments.values()],
  };
}
