import type { Database } from '@quarterdeck/database';

const mostKept = 100_000;

/** Names of namespaces by their numbers. */
export type NamespaceNames = (numbers: readonly number[]) => Promise<(nsNo: number) => string>;

/**
 * A number belongs to one name for good: it is read once, instead of being joined to every row of every page. Where the
 * connection to PostgreSQL was lost, what comes back may be an earlier state of it, and all is read anew.
 */
export function createNamespaceNames({ pool, listen }: Pick<Database, 'pool' | 'listen'>): NamespaceNames {
  const names = new Map<number, string>();
  listen('quarterdeck_inventory', (payload) => {
    if (payload === undefined) names.clear();
  });
  return async (numbers) => {
    const found = new Map<number, string>();
    const missing: number[] = [];
    for (const nsNo of new Set(numbers)) {
      const name = names.get(nsNo);
      if (name === undefined) missing.push(nsNo);
      else found.set(nsNo, name);
    }
    if (missing.length > 0) {
      const sql = 'SELECT ns_no, name FROM inventory_namespace WHERE ns_no = ANY($1::int[])';
      const { rows } = await pool.query<{ ns_no: number; name: string }>(sql, [missing]);
      if (names.size + rows.length > mostKept) names.clear();
      for (const row of rows) {
        names.set(row.ns_no, row.name);
        found.set(row.ns_no, row.name);
      }
    }
    return (nsNo) => found.get(nsNo) ?? '';
  };
}
