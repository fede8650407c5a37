import type { TagRule } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { type DeliveryPlaceRow, placeColumns, placeOf } from '../applications/index.ts';
import type { ListSource } from './project-lists.ts';

/** A trigger with where it deploys to; ids are uuids. */
export type TriggerRow = DeliveryPlaceRow & {
  id: string;
  app_environment_id: string;
  slot: string;
  repository: string;
  tags: TagRule;
  requires: 'image' | 'build_and_image';
  connection_id: string | null;
  connection: string | null;
  gitlab_project_id: string | null;
  refs: string | null;
  job: string | null;
  enabled: boolean;
  created_at: Date;
  sort_at: Date;
};

const select = `SELECT t.*, ${placeColumns}, c.name AS connection, t.created_at AS sort_at
  FROM deploy_trigger t ${placeOf('t')} LEFT JOIN pipelines_connection c ON c.id = t.connection_id`;

export const triggersList: ListSource = {
  name: 'deploy-triggers',
  select,
  at: 't.created_at',
  id: 't.id',
  place: { project: 't.project_id', environment: 'e.id' },
  text: "a.slug || ' ' || e.name || ' ' || t.repository",
};

export type TriggerFields = Pick<
  TriggerRow,
  'slot' | 'repository' | 'tags' | 'requires' | 'connection_id' | 'gitlab_project_id' | 'refs' | 'job' | 'enabled'
>;

export type TriggersStore = ReturnType<typeof createTriggersStore>;

/** What deploys by itself. */
export function createTriggersStore({ keyed: pool }: Database) {
  return {
    async findById(id: string, on: Queryable = pool): Promise<TriggerRow | undefined> {
      const result = await on.query<TriggerRow>(`${select} WHERE t.id = $1`, [id]);
      return result.rows[0];
    },

    /** Triggers of the project that wait for this repository. */
    async ofRepository(projectId: string, repository: string): Promise<TriggerRow[]> {
      const result = await pool.query<TriggerRow>(
        `${select} WHERE t.project_id = $1 AND t.repository = $2 AND t.enabled ORDER BY t.id`,
        [projectId, repository],
      );
      return result.rows;
    },

    /** Triggers that wait for builds of this project of this GitLab. */
    async ofGitLabProject(connectionId: string, gitlabProjectId: number): Promise<TriggerRow[]> {
      const result = await pool.query<TriggerRow>(
        `${select} WHERE t.connection_id = $1 AND t.gitlab_project_id = $2 AND t.enabled ORDER BY t.id`,
        [connectionId, gitlabProjectId],
      );
      return result.rows;
    },

    async appEnvironmentOf(on: Queryable, applicationId: string, environmentId: string): Promise<string | undefined> {
      const result = await on.query<{ id: string }>(
        'SELECT id FROM app_environment WHERE application_id = $1 AND environment_id = $2',
        [applicationId, environmentId],
      );
      return result.rows[0]?.id;
    },

    async insert(
      tx: Transaction,
      row: TriggerFields & Pick<TriggerRow, 'id' | 'project_id' | 'app_environment_id'>,
    ): Promise<void> {
      await tx.query(
        `INSERT INTO deploy_trigger (id, project_id, app_environment_id, slot, repository, tags, requires, connection_id,
           gitlab_project_id, refs, job, enabled) VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $10, $11, $12)`,
        [row.id, row.project_id, row.app_environment_id, ...valuesOf(row)],
      );
    },

    /** What waits under the old rule would be judged by the new one: it is forgotten instead. */
    async update(tx: Transaction, id: string, fields: TriggerFields): Promise<void> {
      await tx.query(
        `UPDATE deploy_trigger SET slot = $2, repository = $3, tags = $4::jsonb, requires = $5, connection_id = $6,
           gitlab_project_id = $7, refs = $8, job = $9, enabled = $10 WHERE id = $1`,
        [id, ...valuesOf(fields)],
      );
      await tx.query(
        `UPDATE candidate SET state = 'superseded', code = 'trigger_changed', detail = 'Its trigger was changed meanwhile.'
         WHERE trigger_id = $1 AND state IN ('waiting', 'settling', 'queued')`,
        [id],
      );
    },

    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query(
        `UPDATE candidate SET state = 'superseded', code = 'trigger_deleted', detail = 'Its trigger was deleted meanwhile.'
         WHERE trigger_id = $1 AND state IN ('waiting', 'settling', 'queued')`,
        [id],
      );
      await tx.query('DELETE FROM deploy_trigger WHERE id = $1', [id]);
    },

    /** Which branch or tag a commit is on, as push events said. */
    async noteCommit(
      on: Queryable,
      commit: { connectionId: string; gitlabProjectId: number; commit: string; ref: string; refType: string },
    ): Promise<void> {
      await on.query(
        `INSERT INTO pipelines_commit (connection_id, gitlab_project_id, commit, ref, ref_type) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (connection_id, gitlab_project_id, commit, ref) DO UPDATE SET seen_at = now()`,
        [commit.connectionId, commit.gitlabProjectId, commit.commit, commit.ref, commit.refType],
      );
    },

    async refsOfCommit(
      connectionId: string,
      gitlabProjectId: string,
      commit: string,
    ): Promise<{ commit: string; ref: string; refType: 'branch' | 'tag' }[]> {
      const result = await pool.query<{ commit: string; ref: string; refType: 'branch' | 'tag' }>(
        `SELECT commit, ref, ref_type AS "refType" FROM pipelines_commit
         WHERE connection_id = $1 AND gitlab_project_id = $2 AND starts_with(commit, $3) ORDER BY seen_at DESC LIMIT 20`,
        [connectionId, gitlabProjectId, commit],
      );
      return result.rows;
    },

    async sweepCommits(): Promise<void> {
      await pool.query("DELETE FROM pipelines_commit WHERE seen_at < now() - interval '180 days'");
    },
  };
}

function valuesOf(fields: TriggerFields): unknown[] {
  return [
    fields.slot,
    fields.repository,
    JSON.stringify(fields.tags),
    fields.requires,
    fields.connection_id,
    fields.gitlab_project_id,
    fields.refs,
    fields.job,
    fields.enabled,
  ];
}
