import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import type { LayerKind, ParameterValue } from '@quarterdeck/templating';
import { fromUuid, toUuid } from '../../platform/ids.ts';

/** `scopeId`: the application, an environment or a target, as uuid. */
export type LayerKey = { applicationId: string; layer: LayerKind; scopeId: string };

export type LayerRecord = LayerKey & {
  revision: number;
  value: ParameterValue;
  author: string;
  createdAt: Date;
};

export type PinRecord = {
  /** The application or an environment, as uuid. */
  scopeId: string;
  templateVersionId: string;
  changedBy: string;
  changedAt: Date;
};

type LayerRow = {
  application_id: string;
  layer: LayerKind;
  scope_id: string;
  revision: number;
  value: ParameterValue;
  author: string;
  created_at: Date;
};

export type ParametersStore = ReturnType<typeof createParametersStore>;

/** Layers of parameters and the template versions that applications follow. */
export function createParametersStore({ keyed: pool }: Database) {
  return {
    /** The revision of each layer that counts. */
    async layers(applicationId: string, on: Queryable = pool): Promise<LayerRecord[]> {
      const result = await on.query<LayerRow>(
        `SELECT DISTINCT ON (layer, scope_id) * FROM param_layer WHERE application_id = $1
         ORDER BY layer, scope_id, revision DESC`,
        [toUuid(applicationId)],
      );
      return result.rows.map((row) => toLayer(applicationId, row));
    },

    /** The revision of each layer that counted at a time. */
    async layersAt(applicationId: string, at: Date): Promise<LayerRecord[]> {
      const result = await pool.query<LayerRow>(
        `SELECT DISTINCT ON (layer, scope_id) * FROM param_layer WHERE application_id = $1 AND created_at <= $2
         ORDER BY layer, scope_id, revision DESC`,
        [toUuid(applicationId), at],
      );
      return result.rows.map((row) => toLayer(applicationId, row));
    },

    /** @returns false when `base` is not the newest revision any more */
    async addRevision(
      tx: Transaction,
      key: LayerKey,
      base: number,
      revision: { value: ParameterValue; authorId: string; author: string },
    ): Promise<boolean> {
      const result = await tx.query(
        `INSERT INTO param_layer (application_id, layer, scope_id, revision, value, author_id, author)
         SELECT $1, $2, $3, $4::int + 1, $5::jsonb, $6, $7 WHERE $4::int = (
           SELECT coalesce(max(revision), 0) FROM param_layer WHERE application_id = $1 AND layer = $2 AND scope_id = $3)
         ON CONFLICT DO NOTHING`,
        [
          toUuid(key.applicationId),
          key.layer,
          key.scopeId,
          base,
          JSON.stringify(revision.value),
          revision.authorId,
          revision.author,
        ],
      );
      return result.rowCount === 1;
    },

    async pins(applicationId: string, on: Queryable = pool): Promise<PinRecord[]> {
      const result = await on.query<{
        scope_id: string;
        template_version_id: string;
        changed_by: string;
        changed_at: Date;
      }>('SELECT * FROM app_template WHERE application_id = $1', [toUuid(applicationId)]);
      return result.rows.map((row) => ({
        scopeId: row.scope_id,
        templateVersionId: fromUuid('tpv', row.template_version_id),
        changedBy: row.changed_by,
        changedAt: row.changed_at,
      }));
    },

    async pin(tx: Transaction, applicationId: string, scopeId: string, versionId: string, by: string): Promise<void> {
      await tx.query(
        `INSERT INTO app_template (application_id, scope_id, template_version_id, changed_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT (application_id, scope_id) DO UPDATE SET
           template_version_id = excluded.template_version_id, changed_by = excluded.changed_by, changed_at = now()`,
        [toUuid(applicationId), scopeId, toUuid(versionId), by],
      );
    },
  };
}

function toLayer(applicationId: string, row: LayerRow): LayerRecord {
  return {
    applicationId,
    layer: row.layer,
    scopeId: row.scope_id,
    revision: row.revision,
    value: row.value,
    author: row.author,
    createdAt: row.created_at,
  };
}
