import type { Database } from '@quarterdeck/database';
import { AppError } from '../../platform/errors.ts';

/**
 * What the planner may think of a statement's work, in its units of about a page read: a walk over a million rows, which
 * takes a second or two and is felt by others.
 */
export const affordable = 150_000;

type Explained = { 'QUERY PLAN': { Plan: { 'Total Cost': number } }[] };

/**
 * Asks the planner before a statement that no index may serve.
 * @throws AppError 422 `query_too_costly`, with what to narrow by
 */
export async function refuseCostly(
  { pool }: Database,
  statement: { sql: string; values: readonly unknown[] },
  refusal: { pointer: string; narrower: string },
  limit: number = affordable,
): Promise<void> {
  const result = await pool.query<Explained>(`EXPLAIN (FORMAT JSON) ${statement.sql}`, [...statement.values]);
  const cost = result.rows[0]?.['QUERY PLAN'][0]?.Plan['Total Cost'] ?? 0;
  if (cost <= limit) return;
  const detail = `This would read too many rows at once. ${refusal.narrower}`;
  throw new AppError('query_too_costly', 422, detail, {
    errors: [{ pointer: refusal.pointer, code: 'query_too_costly', detail }],
  });
}
