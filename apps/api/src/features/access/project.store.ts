import type { Database, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { Queryable } from './access.store.ts';

export type EnvironmentRule = { selector: Record<string, string>; namespace: string };
export type Tier = 'production' | 'staging' | 'test' | 'development';
export type Project = { id: string; slug: string; displayName: string; number: number; createdAt: Date };
export type Environment = {
  id: string;
  projectId: string;
  name: string;
  tier: Tier;
  rules: EnvironmentRule[];
  createdAt: Date;
};

/** A namespace of a cluster that rules gave to an environment. */
export type OwnedNamespace = {
  clusterId: string;
  namespace: string;
  projectId: string;
  projectNumber: number;
  environmentId: string;
};

type ProjectRow = { id: string; slug: string; display_name: string; number: number; created_at: Date };
type EnvironmentRow = {
  id: string;
  project_id: string;
  name: string;
  tier: Tier;
  rules: EnvironmentRule[];
  created_at: Date;
};
type OwnedRow = { cluster_id: string; namespace: string; project_id: string; number: number; environment_id: string };

const ownedSelect = `SELECT n.cluster_id, n.namespace, n.project_id, n.environment_id, p.number
  FROM access_namespaces n JOIN access_project p ON p.id = n.project_id`;

export type ProjectStore = ReturnType<typeof createProjectStore>;

export function createProjectStore(database: Database) {
  return {
    async list(): Promise<Project[]> {
      const result = await database.pool.query<ProjectRow>('SELECT * FROM access_project ORDER BY slug');
      return result.rows.map(toProject);
    },

    async findById(id: string): Promise<Project | undefined> {
      const result = await database.pool.query<ProjectRow>('SELECT * FROM access_project WHERE id = $1', [toUuid(id)]);
      return result.rows.map(toProject)[0];
    },

    async listEnvironments(projectId: string): Promise<Environment[]> {
      const result = await database.pool.query<EnvironmentRow>(
        'SELECT * FROM access_environment WHERE project_id = $1 ORDER BY created_at, name',
        [toUuid(projectId)],
      );
      return result.rows.map(toEnvironment);
    },

    async findEnvironment(on: Queryable, id: string): Promise<Environment | undefined> {
      const result = await on.query('SELECT * FROM access_environment WHERE id = $1', [toUuid(id)]);
      return (result.rows as EnvironmentRow[]).map(toEnvironment)[0];
    },

    /** `undefined` when the project has one of this name already. */
    async insertEnvironment(
      tx: Transaction,
      environment: Omit<Environment, 'createdAt'>,
    ): Promise<Environment | undefined> {
      const result = await tx.query(
        `INSERT INTO access_environment (id, project_id, name, tier, rules) VALUES ($1, $2, $3, $4, $5::jsonb)
         ON CONFLICT (project_id, name) DO NOTHING RETURNING *`,
        [
          toUuid(environment.id),
          toUuid(environment.projectId),
          environment.name,
          environment.tier,
          JSON.stringify(environment.rules),
        ],
      );
      return (result.rows as EnvironmentRow[]).map(toEnvironment)[0];
    },

    async updateEnvironment(
      tx: Transaction,
      id: string,
      change: { tier: Tier; rules: EnvironmentRule[] },
    ): Promise<Environment | undefined> {
      const result = await tx.query(
        'UPDATE access_environment SET tier = $2, rules = $3::jsonb WHERE id = $1 RETURNING *',
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
      const result = await database.pool.query<OwnedRow>(
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
    number: row.number,
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
    createdAt: row.created_at,
  };
}

function toOwned(row: OwnedRow): OwnedNamespace {
  return {
    clusterId: fromUuid('clu', row.cluster_id),
    namespace: row.namespace,
    projectId: fromUuid('prj', row.project_id),
    projectNumber: row.number,
    environmentId: fromUuid('env', row.environment_id),
  };
}
