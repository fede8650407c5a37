import type { Quotas } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import { tenantCondition, type VisibleScope } from './scope.ts';

export type EnvironmentRule = { selector: Record<string, string>; namespace: string };
export type Tier = 'production' | 'staging' | 'test' | 'development';
/** As changes go through them. */
const tiersInOrder: readonly Tier[] = ['development', 'test', 'staging', 'production'];

export type Project = {
  id: string;
  slug: string;
  displayName: string;
  /** Prefixes of image repositories; empty: any. */
  registries: readonly string[];
  templateSources: readonly string[];
  quotas: Quotas;
  automationId: string | undefined;
  archivedAt: Date | undefined;
  createdAt: Date;
};
export type Environment = {
  id: string;
  projectId: string;
  name: string;
  tier: Tier;
  rules: EnvironmentRule[];
  /** In the project; 0 is first. */
  position: number;
  /** Raised by each change of tier and rules. */
  revision: number;
  createdAt: Date;
};

/** A namespace of a cluster that rules gave to an environment. */
export type OwnedNamespace = {
  clusterId: string;
  namespace: string;
  projectId: string;
  /** In this cluster; `undefined` until the project's first namespace there is made ready. */
  projectNumber: number | undefined;
  environmentId: string;
};

type ProjectRow = {
  id: string;
  slug: string;
  display_name: string;
  registries: string[];
  template_sources: string[];
  quotas: Quotas;
  automation_id: string | null;
  archived_at: Date | null;
  created_at: Date;
};
type EnvironmentRow = {
  id: string;
  project_id: string;
  name: string;
  tier: Tier;
  rules: EnvironmentRule[];
  position: number;
  revision: number;
  created_at: Date;
};
type OwnedRow = {
  cluster_id: string;
  namespace: string;
  project_id: string;
  number: number | null;
  environment_id: string;
};

const ownedSelect = `SELECT n.cluster_id, n.namespace, n.project_id, n.environment_id, m.number
  FROM access_namespaces n
    LEFT JOIN access_project_number m ON m.cluster_id = n.cluster_id AND m.project_id = n.project_id`;

export type ProjectStore = ReturnType<typeof createProjectStore>;

export function createProjectStore(database: Database) {
  return {
    /** Projects in the scope, and those with an environment in it. */
    async list(visible: VisibleScope, filter: { archived: boolean; q?: string | undefined }): Promise<Project[]> {
      const values: unknown[] = [filter.archived, filter.q ?? ''];
      const ofProject = tenantCondition(visible, { project: 'p.id' }, values);
      const ofEnvironment = tenantCondition(visible, { project: 'e.project_id', environment: 'e.id' }, values);
      const result = await database.keyed.query<ProjectRow>(
        `SELECT p.* FROM access_project p WHERE (p.archived_at IS NOT NULL) = $1
           AND ($2 = '' OR position(lower($2) IN lower(p.slug || ' ' || p.display_name)) > 0)
           AND (${ofProject} OR EXISTS (SELECT FROM access_environment e WHERE e.project_id = p.id AND ${ofEnvironment}))
         ORDER BY p.slug`,
        values,
      );
      return result.rows.map(toProject);
    },

    async findById(id: string, on: Queryable = database.keyed): Promise<Project | undefined> {
      const result = await on.query<ProjectRow>('SELECT * FROM access_project WHERE id = $1', [toUuid(id)]);
      return result.rows.map(toProject)[0];
    },

    /** As `findById`, locked: archiving and what it forbids do not cross. */
    async lock(tx: Transaction, id: string): Promise<Project | undefined> {
      await tx.query('SELECT FROM access_project WHERE id = $1 FOR NO KEY UPDATE', [toUuid(id)]);
      return this.findById(id, tx);
    },

    /** `undefined` when there is one of this slug. */
    async insert(
      tx: Transaction,
      project: Pick<Project, 'id' | 'slug' | 'displayName' | 'registries' | 'templateSources' | 'quotas'>,
    ): Promise<Project | undefined> {
      const result = await tx.query<ProjectRow>(
        `INSERT INTO access_project (id, slug, display_name, registries, template_sources, quotas)
         VALUES ($1, $2, $3, $4::text[], $5::text[], $6::jsonb) ON CONFLICT (slug) DO NOTHING RETURNING *`,
        [
          toUuid(project.id),
          project.slug,
          project.displayName,
          project.registries,
          project.templateSources,
          JSON.stringify(project.quotas),
        ],
      );
      return result.rows.map(toProject)[0];
    },

    async update(
      tx: Transaction,
      id: string,
      change: Pick<Project, 'displayName' | 'registries' | 'templateSources' | 'quotas'>,
    ): Promise<void> {
      await tx.query(
        `UPDATE access_project SET display_name = $2, registries = $3::text[], template_sources = $4::text[], quotas = $5::jsonb
         WHERE id = $1`,
        [toUuid(id), change.displayName, change.registries, change.templateSources, JSON.stringify(change.quotas)],
      );
    },

    async setArchived(tx: Transaction, id: string, isArchived: boolean): Promise<void> {
      await tx.query('UPDATE access_project SET archived_at = CASE WHEN $2 THEN now() END WHERE id = $1', [
        toUuid(id),
        isArchived,
      ]);
    },

    async countOf(tx: Transaction, id: string): Promise<{ environments: number; namespaces: number }> {
      const result = await tx.query<{ environments: number; namespaces: number }>(
        `SELECT (SELECT count(*)::int FROM access_environment WHERE project_id = $1) AS environments,
           (SELECT count(*)::int FROM access_namespaces WHERE project_id = $1) AS namespaces`,
        [toUuid(id)],
      );
      return result.rows[0] ?? { environments: 0, namespaces: 0 };
    },

    async listEnvironments(visible: VisibleScope, projectId: string): Promise<Environment[]> {
      const values: unknown[] = [toUuid(projectId)];
      const condition = tenantCondition(visible, { project: 'e.project_id', environment: 'e.id' }, values);
      const result = await database.keyed.query<EnvironmentRow>(
        `SELECT e.* FROM access_environment e WHERE e.project_id = $1 AND ${condition} ORDER BY e.position, e.created_at`,
        values,
      );
      return result.rows.map(toEnvironment);
    },

    async findEnvironment(on: Queryable, id: string): Promise<Environment | undefined> {
      const result = await on.query('SELECT * FROM access_environment WHERE id = $1', [toUuid(id)]);
      return (result.rows as EnvironmentRow[]).map(toEnvironment)[0];
    },

    /** Stands after those of its tier and of the tiers before. `undefined` when the project has one of this name already. */
    async insertEnvironment(
      tx: Transaction,
      environment: Omit<Environment, 'createdAt' | 'position' | 'revision'>,
    ): Promise<Environment | undefined> {
      const result = await tx.query<EnvironmentRow>(
        `INSERT INTO access_environment (id, project_id, name, tier, rules, position)
         SELECT $1, $2, $3, $4, $5::jsonb, coalesce(max(position) + 1, 0) FROM access_environment
           WHERE project_id = $2 AND array_position($6::text[], tier) <= array_position($6::text[], $4)
         ON CONFLICT (project_id, name) DO NOTHING RETURNING *`,
        [
          toUuid(environment.id),
          toUuid(environment.projectId),
          environment.name,
          environment.tier,
          JSON.stringify(environment.rules),
          tiersInOrder,
        ],
      );
      const inserted = result.rows.map(toEnvironment)[0];
      if (inserted === undefined) return undefined;
      await tx.query(
        'UPDATE access_environment SET position = position + 1 WHERE project_id = $1 AND id <> $2 AND position >= $3',
        [toUuid(inserted.projectId), toUuid(inserted.id), inserted.position],
      );
      return inserted;
    },

    /** Those of a project, first to last. */
    async environmentsOf(on: Queryable, projectId: string): Promise<Environment[]> {
      const result = await on.query(
        'SELECT * FROM access_environment WHERE project_id = $1 ORDER BY position, created_at',
        [toUuid(projectId)],
      );
      return (result.rows as EnvironmentRow[]).map(toEnvironment);
    },

    async orderEnvironments(tx: Transaction, ids: readonly string[]): Promise<void> {
      await tx.query(
        `UPDATE access_environment e SET position = o.place - 1
         FROM unnest($1::uuid[]) WITH ORDINALITY AS o (id, place) WHERE o.id = e.id`,
        [ids.map(toUuid)],
      );
    },

    async updateEnvironment(
      tx: Transaction,
      id: string,
      change: { tier: Tier; rules: EnvironmentRule[] },
    ): Promise<Environment | undefined> {
      const result = await tx.query(
        'UPDATE access_environment SET tier = $2, rules = $3::jsonb, revision = revision + 1 WHERE id = $1 RETURNING *',
        [toUuid(id), change.tier, JSON.stringify(change.rules)],
      );
      return (result.rows as EnvironmentRow[]).map(toEnvironment)[0];
    },

    async namespacesOf(on: Queryable, environmentId: string): Promise<OwnedNamespace[]> {
      const result = await on.query(`${ownedSelect} WHERE n.environment_id = $1 ORDER BY n.cluster_id, n.namespace`, [
        toUuid(environmentId),
      ]);
      return (result.rows as OwnedRow[]).map(toOwned);
    },

    async ownerOf(clusterId: string, namespace: string): Promise<OwnedNamespace | undefined> {
      const result = await database.keyed.query<OwnedRow>(
        `${ownedSelect} WHERE n.cluster_id = $1 AND n.namespace = $2`,
        [toUuid(clusterId), namespace],
      );
      return result.rows.map(toOwned)[0];
    },
  };
}

function toProject(row: ProjectRow): Project {
  return {
    id: fromUuid('prj', row.id),
    slug: row.slug,
    displayName: row.display_name,
    registries: row.registries,
    templateSources: row.template_sources,
    quotas: row.quotas,
    automationId: row.automation_id === null ? undefined : fromUuid('sva', row.automation_id),
    archivedAt: row.archived_at ?? undefined,
    createdAt: row.created_at,
  };
}

function toEnvironment(row: EnvironmentRow): Environment {
  return {
    id: fromUuid('env', row.id),
    projectId: fromUuid('prj', row.project_id),
    name: row.name,
    tier: row.tier,
    rules: row.rules,
    position: row.position,
    revision: row.revision,
    createdAt: row.created_at,
  };
}

function toOwned(row: OwnedRow): OwnedNamespace {
  return {
    clusterId: fromUuid('clu', row.cluster_id),
    namespace: row.namespace,
    projectId: fromUuid('prj', row.project_id),
    projectNumber: row.number ?? undefined,
    environmentId: fromUuid('env', row.environment_id),
  };
}
