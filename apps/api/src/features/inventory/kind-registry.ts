import type { Database } from '@quarterdeck/database';
import { type WatchedKind, watchedKinds } from '@quarterdeck/kubernetes';
import type { KindKey } from './object-rows.ts';

/** A kind that some cluster serves. */
export type KnownKind = {
  no: number;
  key: KindKey;
  /** Empty for the core group. */
  group: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  /** Names of the columns that its clusters print; none for a kind with a projection of its own. */
  columns: readonly string[];
};

/** Kinds and their numbers: known to this process once they were asked for, made as clusters serve them. */
export interface KindRegistry {
  /** @throws Error for a kind that was never made */
  numberOf(key: KindKey): Promise<number>;
  /** Makes the kind where it is new, and adds columns that are new. */
  ensure(kind: WatchedKind): Promise<KnownKind>;
  byNumber(no: number): Promise<KnownKind | undefined>;
  keysOf(numbers: readonly number[]): Promise<Map<number, KindKey>>;
  /** Kinds of a plural, in any group: nearly always one. A key is taken as well. */
  named(plural: string): Promise<KnownKind[]>;
  all(): Promise<KnownKind[]>;
}

type Row = {
  kind_no: number;
  api_group: string;
  resource: string;
  kind: string;
  namespaced: boolean;
  columns: string[];
};

const maxColumns = 40;
const projected = new Map(watchedKinds.map(({ resource, group }) => [resource, group]));

export function kindKey({ group, resource }: Pick<WatchedKind, 'group' | 'resource'>): KindKey {
  return group === '' || projected.get(resource) === group ? resource : `${resource}.${group}`;
}

export function createKindRegistry({ pool }: Database): KindRegistry {
  let kinds = new Map<number, KnownKind>();

  async function load(): Promise<KnownKind[]> {
    const { rows } = await pool.query<Row>('SELECT * FROM inventory_kind ORDER BY kind_no');
    kinds = new Map(rows.map((row) => [row.kind_no, toKind(row)]));
    return [...kinds.values()];
  }

  /** From what this process knows; what it does not know may have been made by another. */
  async function find(matches: (kind: KnownKind) => boolean): Promise<KnownKind[]> {
    const known = [...kinds.values()].filter(matches);
    return known.length > 0 ? known : (await load()).filter(matches);
  }

  return {
    async numberOf(key) {
      const [found] = await find((kind) => kind.key === key);
      if (found === undefined) throw new Error(`the inventory has no kind ${key}`);
      return found.no;
    },

    async ensure(kind) {
      const isSame = (known: KnownKind) => known.group === kind.group && known.plural === kind.resource;
      const hasAll = ({ columns }: KnownKind) =>
        columns.length >= maxColumns || (kind.columns ?? []).every((column) => columns.includes(column));
      const remembered = [...kinds.values()].find(isSame);
      if (remembered !== undefined && hasAll(remembered)) return remembered;
      // Clusters may have different versions of a definition: the kind has the columns of all.
      const known = (await load()).find(isSame);
      if (known !== undefined && hasAll(known)) return known;
      const columns = [...new Set([...(known?.columns ?? []), ...(kind.columns ?? [])])].slice(0, maxColumns);
      const values = [kind.group, kind.resource, kind.kind, kind.namespaced, JSON.stringify(columns)];
      // Looked for first: a conflict would use up a number each time.
      await pool.query(
        `INSERT INTO inventory_kind (kind_no, api_group, resource, kind, namespaced, columns)
         SELECT nextval('inventory_kind_no_seq'), $1, $2, $3, $4, $5
         WHERE NOT EXISTS (SELECT FROM inventory_kind WHERE api_group = $1 AND resource = $2) ON CONFLICT DO NOTHING`,
        values,
      );
      await pool.query(
        `UPDATE inventory_kind SET kind = $3, namespaced = $4, columns = $5
         WHERE api_group = $1 AND resource = $2 AND (kind, namespaced, columns) IS DISTINCT FROM ($3, $4, $5::jsonb)`,
        values,
      );
      const made = (await load()).find(isSame);
      if (made === undefined) throw new Error(`the kind ${kind.resource} was not made`);
      return made;
    },

    async byNumber(no) {
      return (await find((kind) => kind.no === no))[0];
    },

    async keysOf(numbers) {
      const keys = new Map<number, KindKey>();
      for (const no of new Set(numbers)) {
        const kind = await this.byNumber(no);
        if (kind !== undefined) keys.set(no, kind.key);
      }
      return keys;
    },

    named: (plural) => find((kind) => kind.plural === plural || kind.key === plural),

    all: load,
  };
}

function toKind(row: Row): KnownKind {
  return {
    no: row.kind_no,
    key: kindKey({ group: row.api_group, resource: row.resource }),
    group: row.api_group,
    plural: row.resource,
    kind: row.kind,
    namespaced: row.namespaced,
    columns: row.columns,
  };
}
