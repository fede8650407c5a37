import type { Database } from '@quarterdeck/database';

/**
 * What a database is made of, a line each: name of the part → how PostgreSQL would write it. Tables, columns, primary
 * and foreign keys, indexes. Left out is what Prisma's models have no words for: checks, triggers, functions,
 * collations, partitions, storage parameters, indexes on expressions or with INCLUDE.
 */
export type Shape = ReadonlyMap<string, string>;

const ours = `c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND c.relname <> '_prisma_migrations'`;

const parts = `
  SELECT 'table ' || c.relname AS part, 'there' AS text FROM pg_class c WHERE ${ours}
  UNION ALL
  SELECT 'column ' || c.relname || '.' || a.attname,
    concat_ws(' ', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' END,
      CASE WHEN a.attgenerated = '' THEN 'DEFAULT ' ELSE 'GENERATED ' END || pg_get_expr(d.adbin, d.adrelid))
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE ${ours}
  UNION ALL
  SELECT 'constraint ' || c.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
    FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN ('p', 'f') WHERE ${ours}
  UNION ALL
  SELECT 'index ' || i.relname, regexp_replace(replace(pg_get_indexdef(x.indexrelid), ' ON ONLY ', ' ON '), ' WITH \\([^)]*\\)', '')
    FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid AND NOT x.indisprimary AND x.indexprs IS NULL AND x.indnatts = x.indnkeyatts
    JOIN pg_class i ON i.oid = x.indexrelid WHERE ${ours}`;

export async function shapeOf(database: Pick<Database, 'pool'>): Promise<Shape> {
  const { rows } = await database.pool.query<{ part: string; text: string }>(parts);
  return new Map(rows.map((row) => [row.part, row.text]));
}

/** Where the models and the migrated database differ, a sentence each. */
export function differences(models: Shape, migrated: Shape): string[] {
  const names = [...new Set([...models.keys(), ...migrated.keys()])].sort();
  return names
    .filter((name) => models.get(name) !== migrated.get(name))
    .map(
      (name) =>
        `${name}: ${models.get(name) ?? 'missing'} in the models, ${migrated.get(name) ?? 'missing'} in the database`,
    );
}
