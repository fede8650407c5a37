import { int2Array } from '@quarterdeck/database';
import { type Fenced, fenced, type Statement } from './store-batch.ts';

export type StreamState = 'syncing' | 'streaming' | 'stale' | 'forbidden' | 'capped';

/** What is new of one watch; what is left out stays as it is. */
export type StreamChange = {
  /** Where the watch goes on from, all before it being stored. */
  position?: { resourceVersion: string; projection: string | undefined } | undefined;
  /** `error` goes with it: a sentence, or nothing where all is well. */
  state?: StreamState | undefined;
  error?: string | undefined;
  /** Objects without a row since they are too large, in all. */
  skipped?: number | undefined;
};

/**
 * How several watches of a cluster stand, as one statement. A watch that is told of for the first time is `syncing`. Its
 * rows are counted with its state. As a watch opens or is lost, its age is now. $1 cluster, $2 epoch.
 */
export function streamsStatement(fence: Fenced, changes: ReadonlyMap<number, StreamChange>): Statement {
  const all = [...changes.values()];
  const counted = [...changes].filter(([, { state }]) => state !== undefined).map(([kindNo]) => kindNo);
  const now = 'clock_timestamp()';
  return {
    sql: `WITH ${fenced},
      given AS (SELECT i.*, c.n FROM unnest($3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[])
          AS i(kind_no, resource_version, projection, state, error, skipped)
        LEFT JOIN (SELECT c.kind_no, sum(c.n)::int AS n FROM inventory_count c JOIN inventory_namespace n ON n.ns_no = c.ns_no
          WHERE n.cluster_no = $1 AND c.kind_no = ANY ($9::smallint[]) GROUP BY 1) AS c USING (kind_no)),
      changed AS (UPDATE inventory_stream s SET
          resource_version = coalesce(g.resource_version, s.resource_version), projection = coalesce(g.projection, s.projection),
          state = coalesce(g.state, s.state), error = CASE WHEN g.state IS NULL THEN s.error ELSE g.error END,
          rows = CASE WHEN g.state IS NULL THEN s.rows ELSE coalesce(g.n, 0) END, skipped = coalesce(g.skipped, s.skipped),
          as_of = CASE WHEN g.resource_version IS NOT NULL OR g.state = 'streaming' OR (g.state IS NOT NULL AND s.state = 'streaming')
            THEN ${now} ELSE s.as_of END
        FROM given g, fence WHERE s.cluster_no = $1 AND s.kind_no = g.kind_no RETURNING s.kind_no),
      made AS (INSERT INTO inventory_stream (cluster_no, kind_no, resource_version, projection, state, error, rows, skipped, as_of)
        SELECT $1, g.kind_no, g.resource_version, coalesce(g.projection, '1'), coalesce(g.state, 'syncing'), g.error, coalesce(g.n, 0),
          coalesce(g.skipped, 0), CASE WHEN g.resource_version IS NOT NULL OR g.state = 'streaming' THEN ${now} END
        FROM given g, fence WHERE NOT EXISTS (SELECT FROM inventory_stream s WHERE s.cluster_no = $1 AND s.kind_no = g.kind_no)
        ON CONFLICT DO NOTHING)
      SELECT (SELECT count(*)::int FROM changed) AS changed, EXISTS (SELECT FROM fence) AS held`,
    values: [
      fence.clusterNo,
      fence.epoch,
      int2Array([...changes.keys()]),
      all.map(({ position }) => position?.resourceVersion ?? null),
      all.map(({ position }) => position?.projection ?? null),
      all.map(({ state }) => state ?? null),
      all.map(({ error }) => error ?? null),
      all.map(({ skipped }) => skipped ?? null),
      int2Array(counted),
    ],
  };
}
