import type { Database, Queryable } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';

type Entry = {
  kind: 'user' | 'group' | 'service_account';
  id: string;
  name: string;
  displayName: string;
  disabled: boolean;
  /** Of a project's service account; uuid. */
  project: string | undefined;
};
type Row = {
  kind: Entry['kind'];
  id: string;
  name: string;
  display_name: string;
  disabled: boolean;
  project: string | null;
};

const prefixes = { user: 'usr', group: 'grp', service_account: 'sva' } as const;

/** Every account and group, a row each: what grants may name. */
const entries = `SELECT 'user' AS kind, id, name, display_name, disabled_at IS NOT NULL AS disabled, NULL::uuid AS project FROM identity_user
  UNION ALL SELECT 'service_account', id, name, name, disabled_at IS NOT NULL, project_id FROM identity_service_account
  UNION ALL SELECT 'group', id, name, name, false, NULL FROM identity_group`;

/** Who accounts and groups are: `access`, to our right, asks for the holders of its grants. */
export function createDirectory({ pool }: Database) {
  return {
    /** By uuid; who is gone is missing. */
    async describe(uuids: readonly string[], on: Queryable = pool): Promise<ReadonlyMap<string, Entry>> {
      if (uuids.length === 0) return new Map();
      const result = await on.query<Row>(`SELECT * FROM (${entries}) AS e WHERE id = ANY($1::uuid[])`, [uuids]);
      return new Map(
        result.rows.map((row) => [
          row.id,
          {
            kind: row.kind,
            id: fromUuid(prefixes[row.kind], row.id),
            name: row.name,
            displayName: row.display_name,
            disabled: row.disabled,
            project: row.project ?? undefined,
          },
        ]),
      );
    },

    /** The uuids that grants may name for an account: its own and its groups'. */
    async subjectsOf({ kind, id }: Pick<Entry, 'kind' | 'id'>): Promise<readonly string[] | undefined> {
      const result = await pool.query<Row>(`SELECT * FROM (${entries}) AS e WHERE id = $1 AND kind = $2`, [
        toUuid(id),
        kind,
      ]);
      if (result.rows[0] === undefined) return undefined;
      const groups = await pool.query<{ group_id: string }>(
        'SELECT group_id FROM identity_group_member WHERE user_id = $1',
        [result.rows[0].id],
      );
      return [result.rows[0].id, ...groups.rows.map((row) => row.group_id)];
    },

    /** Uuids of those whose name holds the words, at most 500. */
    async search(q: string): Promise<readonly string[]> {
      const result = await pool.query<Row>(
        `SELECT * FROM (${entries}) AS e WHERE position(lower($1) IN lower(name || ' ' || display_name)) > 0 LIMIT 500`,
        [q],
      );
      return result.rows.map((row) => row.id);
    },
  };
}
