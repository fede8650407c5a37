import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { VisibleScope } from '../access/index.ts';
import {
  type DeliveryPlace,
  type DeliveryPlaceRow,
  placeColumns,
  placeJoins,
  toDeliveryPlace,
} from '../applications/index.ts';

export type TemplateState = 'draft' | 'published' | 'deprecated' | 'withdrawn';

export type TemplateRecord = {
  id: string;
  name: string;
  title: string;
  description: string;
  builtIn: boolean;
  /** Absent: of the installation. */
  projectId: string | undefined;
  project: string | undefined;
};

export type TemplateVersionRecord = {
  id: string;
  templateId: string;
  name: string;
  title: string;
  description: string;
  builtIn: boolean;
  projectId: string | undefined;
  project: string | undefined;
  version: string;
  state: TemplateState;
  sha256: string;
  files: Record<string, string>;
  createdAt: Date;
  createdBy: string | undefined;
  publishedAt: Date | undefined;
  publishedBy: string | undefined;
  reason: string | undefined;
};

/** A version without its files: for lists. */
export type VersionHead = Omit<TemplateVersionRecord, 'files'>;

/** An application that follows a version; without environments it does so everywhere. */
export type VersionUser = {
  versionId: string;
  applicationId: string;
  application: string;
  project: string;
  environments: string[];
};

/** An environment of an application, and the version it follows. */
export type Follower = DeliveryPlace & { versionId: string; version: string };

type FollowerRow = DeliveryPlaceRow & {
  version_id: string;
  version: string;
};

type Row = {
  id: string;
  template_id: string;
  name: string;
  title: string;
  description: string;
  built_in: boolean;
  project_id: string | null;
  project: string | null;
  version: string;
  state: TemplateState;
  sha256: string;
  files?: Record<string, string>;
  created_at: Date;
  created_by: string | null;
  published_at: Date | null;
  published_by: string | null;
  state_reason: string | null;
};

const head = `v.id, v.template_id, v.version, v.state, v.sha256, v.created_at, v.created_by, v.published_at, v.published_by,
  v.state_reason, t.name, t.title, t.description, t.built_in, t.project_id, p.slug AS project`;
const from = `FROM template_version v JOIN templates_template t ON t.id = v.template_id
  LEFT JOIN access_project p ON p.id = t.project_id`;

export type NewVersion = Pick<TemplateVersionRecord, 'id' | 'version' | 'sha256' | 'files' | 'createdBy'>;

export type TemplatesStore = ReturnType<typeof createTemplatesStore>;

/** Templates and their versions. */
export function createTemplatesStore({ keyed: pool }: Database) {
  return {
    /**
     * Versions of the installation's templates and of those of these projects, newest first, without files.
     * @param projects uuids, or `all`
     */
    async heads(projects: readonly string[] | 'all', templateId?: string): Promise<VersionHead[]> {
      const result = await pool.query<Row>(
        `SELECT ${head} ${from} WHERE (t.project_id IS NULL OR $1 OR t.project_id = ANY($2::uuid[]))
           AND ($3::uuid IS NULL OR t.id = $3) ORDER BY t.name, v.created_at DESC, v.id DESC`,
        [projects === 'all', projects === 'all' ? [] : projects, templateId === undefined ? null : toUuid(templateId)],
      );
      return result.rows.map(toHead);
    },

    /** Projects (uuids) of which somebody sees any part: who deploys to one environment sees its templates. */
    async projectsOf(scope: VisibleScope): Promise<readonly string[] | 'all'> {
      if (scope.fleet) return 'all';
      if (scope.environments.length === 0) return scope.projects;
      const result = await pool.query<{ project_id: string }>(
        'SELECT DISTINCT project_id FROM access_environment WHERE id = ANY($1::uuid[])',
        [scope.environments],
      );
      return [...new Set([...scope.projects, ...result.rows.map((row) => row.project_id)])];
    },

    /** Who follows versions, where the scope reaches. */
    async users(scope: VisibleScope): Promise<VersionUser[]> {
      const result = await pool.query<{
        template_version_id: string;
        application_id: string;
        slug: string;
        project: string;
        environments: string[] | null;
      }>(
        `SELECT at.template_version_id, at.application_id, a.slug, p.slug AS project,
           array_agg(e.name ORDER BY e.name) FILTER (WHERE e.name IS NOT NULL) AS environments
         FROM app_template at JOIN applications_application a ON a.id = at.application_id
         JOIN access_project p ON p.id = a.project_id LEFT JOIN access_environment e ON e.id = at.scope_id
         WHERE $1 OR at.scope_id = ANY($2::uuid[]) OR (at.scope_id = a.id AND a.project_id = ANY($3::uuid[]))
         GROUP BY at.template_version_id, at.application_id, a.slug, p.slug ORDER BY p.slug, a.slug`,
        [scope.fleet, scope.environments, scope.projects],
      );
      return result.rows.map((row) => ({
        versionId: fromUuid('tpv', row.template_version_id),
        applicationId: fromUuid('app', row.application_id),
        application: row.slug,
        project: row.project,
        environments: row.environments ?? [],
      }));
    },

    /** Environments in the scope that follow a version of a template, by their own choice or their application's. */
    async followers(scope: VisibleScope, templateId: string): Promise<Follower[]> {
      const result = await pool.query<FollowerRow>(
        `SELECT a.project_id, ${placeColumns}, v.id AS version_id, v.version
         FROM app_environment ae ${placeJoins}
         LEFT JOIN app_template own ON own.application_id = a.id AND own.scope_id = e.id
         LEFT JOIN app_template wide ON wide.application_id = a.id AND wide.scope_id = a.id
         JOIN template_version v ON v.id = coalesce(own.template_version_id, wide.template_version_id)
         WHERE v.template_id = $1 AND ($2 OR e.id = ANY($3::uuid[]) OR a.project_id = ANY($4::uuid[]))
         ORDER BY p.slug, a.slug, e.name`,
        [toUuid(templateId), scope.fleet, scope.environments, scope.projects],
      );
      return result.rows.map((row) => ({
        ...toDeliveryPlace(row),
        versionId: fromUuid('tpv', row.version_id),
        version: row.version,
      }));
    },

    async findTemplate(id: string, on: Queryable = pool): Promise<TemplateRecord | undefined> {
      const result = await on.query<Row>(
        `SELECT t.*, p.slug AS project FROM templates_template t LEFT JOIN access_project p ON p.id = t.project_id
         WHERE t.id = $1`,
        [toUuid(id)],
      );
      const [row] = result.rows;
      if (row === undefined) return undefined;
      return { ...ownerOf(row), id: fromUuid('tpl', row.id) };
    },

    /** @param lock held until the transaction ends: two changes of one version wait for each other */
    async findVersion(id: string, on: Queryable = pool, lock = false): Promise<TemplateVersionRecord | undefined> {
      const result = await on.query<Row>(
        `SELECT ${head}, v.files ${from} WHERE v.id = $1${lock ? ' FOR UPDATE OF v' : ''}`,
        [toUuid(id)],
      );
      const [row] = result.rows;
      return row === undefined ? undefined : { ...toHead(row), files: row.files ?? {} };
    },

    /** Versions of a template that were published once, with their template held until the transaction ends. */
    async lockTemplate(tx: Transaction, templateId: string): Promise<VersionHead[]> {
      await tx.query('SELECT FROM templates_template WHERE id = $1 FOR UPDATE', [toUuid(templateId)]);
      const result = await tx.query<Row>(
        `SELECT ${head} ${from} WHERE v.template_id = $1 AND v.published_at IS NOT NULL ORDER BY v.published_at DESC`,
        [toUuid(templateId)],
      );
      return result.rows.map(toHead);
    },

    /** @returns false when the name is taken */
    async insertTemplate(
      tx: Transaction,
      template: Pick<TemplateRecord, 'id' | 'name' | 'title' | 'description' | 'projectId'> & { builtIn?: boolean },
    ): Promise<boolean> {
      const result = await tx.query(
        `INSERT INTO templates_template (id, name, title, description, project_id, built_in)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (name) DO NOTHING`,
        [
          toUuid(template.id),
          template.name,
          template.title,
          template.description,
          template.projectId === undefined ? null : toUuid(template.projectId),
          template.builtIn === true,
        ],
      );
      return result.rowCount === 1;
    },

    /** @returns false when the template has that version */
    async insertDraft(tx: Transaction, templateId: string, draft: NewVersion): Promise<boolean> {
      const result = await tx.query(
        `INSERT INTO template_version (id, template_id, version, state, sha256, files, created_by)
         VALUES ($1, $2, $3, 'draft', $4, $5::jsonb, $6) ON CONFLICT (template_id, version) DO NOTHING`,
        [
          toUuid(draft.id),
          toUuid(templateId),
          draft.version,
          draft.sha256,
          JSON.stringify(draft.files),
          draft.createdBy ?? null,
        ],
      );
      return result.rowCount === 1;
    },

    /** @returns false when the template has that version as another one */
    async saveDraft(
      tx: Transaction,
      id: string,
      draft: Pick<NewVersion, 'version' | 'sha256' | 'files'>,
    ): Promise<boolean> {
      const result = await tx.query(
        `UPDATE template_version v SET version = $2, sha256 = $3, files = $4::jsonb WHERE id = $1 AND NOT EXISTS (
           SELECT FROM template_version o WHERE o.template_id = v.template_id AND o.version = $2 AND o.id <> v.id)`,
        [toUuid(id), draft.version, draft.sha256, JSON.stringify(draft.files)],
      );
      return result.rowCount === 1;
    },

    async publish(tx: Transaction, version: VersionHead, texts: { title: string; description: string }, by: string) {
      await tx.query(
        `UPDATE template_version SET state = 'published', published_at = now(), published_by = $2 WHERE id = $1`,
        [toUuid(version.id), by],
      );
      await tx.query('UPDATE templates_template SET title = $2, description = $3 WHERE id = $1', [
        toUuid(version.templateId),
        texts.title,
        texts.description,
      ]);
    },

    async setState(tx: Transaction, id: string, state: 'deprecated' | 'withdrawn', reason: string): Promise<void> {
      await tx.query('UPDATE template_version SET state = $2, state_reason = $3 WHERE id = $1', [
        toUuid(id),
        state,
        reason,
      ]);
    },

    /** Removes a draft, and its template when nothing else is left of it. */
    async deleteDraft(tx: Transaction, version: VersionHead): Promise<void> {
      await tx.query('DELETE FROM template_version WHERE id = $1', [toUuid(version.id)]);
      await tx.query(
        `DELETE FROM templates_template t WHERE id = $1
         AND NOT EXISTS (SELECT FROM template_version v WHERE v.template_id = t.id)`,
        [toUuid(version.templateId)],
      );
    },

    /** Publishes a version that comes with the product and is not there yet; one that is stays as it is. */
    async publishBuiltIn(
      tx: Transaction,
      template: Pick<TemplateVersionRecord, 'name' | 'title' | 'description' | 'version' | 'sha256' | 'files'>,
    ): Promise<'published' | 'there' | 'differs' | 'name_taken'> {
      const owner = await tx.query<{ id: string; built_in: boolean }>(
        `INSERT INTO templates_template AS t (id, name, title, description, built_in) VALUES ($1, $2, $3, $4, true)
         ON CONFLICT (name) DO UPDATE SET
           title = CASE WHEN t.built_in THEN excluded.title ELSE t.title END,
           description = CASE WHEN t.built_in THEN excluded.description ELSE t.description END
         RETURNING id, built_in`,
        [toUuid(newId('tpl')), template.name, template.title, template.description],
      );
      if (owner.rows[0]?.built_in !== true) return 'name_taken';
      const inserted = await tx.query(
        `INSERT INTO template_version (id, template_id, version, state, sha256, files, published_at)
         VALUES ($1, $2, $3, 'published', $4, $5::jsonb, now()) ON CONFLICT (template_id, version) DO NOTHING`,
        [toUuid(newId('tpv')), owner.rows[0].id, template.version, template.sha256, JSON.stringify(template.files)],
      );
      if (inserted.rowCount === 1) return 'published';
      const found = await tx.query<{ sha256: string }>(
        'SELECT sha256 FROM template_version WHERE template_id = $1 AND version = $2',
        [owner.rows[0].id, template.version],
      );
      return found.rows[0]?.sha256 === template.sha256 ? 'there' : 'differs';
    },
  };
}

function ownerOf(row: Row): Omit<TemplateRecord, 'id'> {
  return {
    name: row.name,
    title: row.title,
    description: row.description,
    builtIn: row.built_in,
    projectId: row.project_id === null ? undefined : fromUuid('prj', row.project_id),
    project: row.project ?? undefined,
  };
}

function toHead(row: Row): VersionHead {
  return {
    ...ownerOf(row),
    id: fromUuid('tpv', row.id),
    templateId: fromUuid('tpl', row.template_id),
    version: row.version,
    state: row.state,
    sha256: row.sha256,
    createdAt: row.created_at,
    createdBy: row.created_by ?? undefined,
    publishedAt: row.published_at ?? undefined,
    publishedBy: row.published_by ?? undefined,
    reason: row.state_reason ?? undefined,
  };
}
