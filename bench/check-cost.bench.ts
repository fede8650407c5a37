import { randomUUID } from 'node:crypto';
import type { Database } from '@quarterdeck/database';
import { createTestDatabase, startTestPostgres } from '@quarterdeck/database/testing';
import { createAccess } from '../apps/api/src/features/access/index.ts';
import { createAudit } from '../apps/api/src/features/audit/index.ts';
import { createCursors } from '../apps/api/src/platform/cursor.ts';
import { fromUuid } from '../apps/api/src/platform/ids.ts';
import type { AccountPrincipal } from '../apps/api/src/platform/principal.ts';
import { percentile, printResult } from './result.ts';

const goalMs = 0.2;
const checks = 20_000;
const rowChecks = 2000;
const [people, clusters, projects, grantsEach] = [500, 100, 200, 20];

/**
 * The permission check with 10,000 grants: from the copy in the process, as every read asks it, and from the rows in a
 * transaction with the grant locked, as every change asks it. Baseline: `SELECT 1` on the same connection pool.
 */
const { postgres, server } = await startTestPostgres();
const database = await createTestDatabase(postgres);
let queries = 0;
const counted = {
  ...database,
  pool: counting(database.pool),
  keyed: counting(database.keyed),
};
const cursors = createCursors(Buffer.alloc(32, 1));
const access = createAccess({
  database: counted,
  audit: createAudit({ database, cursors, fingerprint: () => '' }),
  cursors,
  ports: {
    directory: {
      describe: async () => new Map(),
      subjectsOf: async () => undefined,
      search: async () => [],
    },
    addAutomationAccount: async () => randomUUID(),
    askCluster: async () => ({ answer: 'unreachable' }),
  },
});
await access.start();

const ids = (count: number) => Array.from({ length: count }, () => randomUUID());
const [clusterIds, projectIds, subjectIds] = [ids(clusters), ids(projects), ids(people)];
await database.pool.query(
  `INSERT INTO access_clusters (id, labels) SELECT id, jsonb_build_object('cluster', id::text, 'tier', 'test') FROM unnest($1::uuid[]) AS id`,
  [clusterIds],
);
await database.pool.query(
  `INSERT INTO access_project (id, slug, display_name) SELECT id, 'p-' || id, 'P' FROM unnest($1::uuid[]) AS id`,
  [projectIds],
);
await database.pool.query(
  `INSERT INTO access_environment (id, project_id, name, tier, rules) SELECT gen_random_uuid(), id, 'prod', 'test', '[]' FROM unnest($1::uuid[]) AS id`,
  [projectIds],
);
await database.pool.query(
  `INSERT INTO access_namespaces (cluster_id, namespace, project_id, environment_id)
   SELECT c.id, 'n-' || e.id, e.project_id, e.id FROM access_environment e, unnest($1::uuid[]) AS c (id)`,
  [clusterIds],
);
await database.pool.query(
  `INSERT INTO access_grants (id, subject_kind, subject_id, role_id, scope_kind, scope_id)
   SELECT gen_random_uuid(), 'user', s.id, 'developer', 'project', ($2::uuid[])[1 + (s.n * ${grantsEach} + g) % ${projects}]
   FROM unnest($1::uuid[]) WITH ORDINALITY AS s (id, n), generate_series(1, ${grantsEach}) AS g`,
  [subjectIds, projectIds],
);
const count = await database.pool.query<{ n: number }>('SELECT count(*)::int AS n FROM access_grants');
const places = await database.pool.query<{ cluster: string; namespace: string }>(
  'SELECT cluster_id AS cluster, namespace FROM access_namespaces ORDER BY random() LIMIT 1000',
);
access.dropCopies();

const principals = subjectIds.map((uuid): AccountPrincipal => {
  const id = fromUuid('usr', uuid);
  const credential = { kind: 'session', id, expiresAt: new Date(Date.now() + 3_600_000) } as const;
  return { kind: 'user', id, name: id, displayName: id, credential, subjects: [uuid] };
});
const pick = <T>(list: readonly T[], at: number) => list[at % list.length] as T;
const targetAt = (at: number) => {
  const place = pick(places.rows, at);
  return { clusterId: fromUuid('clu', place.cluster), namespace: place.namespace };
};

for (const principal of principals) await access.may(principal, 'workloads:logs', targetAt(0));
queries = 0;
let allowed = 0;
const cached = await timesOf(checks, async (at) => {
  if (await access.may(pick(principals, at), 'workloads:logs', targetAt(at))) allowed += 1;
});
const cachedQueries = queries;
const byRows: number[] = [];
for (let at = 0; at < rowChecks; at += 1) {
  await database.transaction(async (tx) => {
    const started = performance.now();
    await access.mayNow(tx, pick(principals, at), 'workloads:edit', targetAt(at));
    byRows.push(performance.now() - started);
  });
}
const bare = await timesOf(rowChecks, () => database.pool.query('SELECT 1'));
await access.close();
await database.drop();
await server.stop();

const p95 = (times: readonly number[]) => Math.round(percentile(times, 0.95) * 10_000) / 10_000;
process.stdout.write(
  `grants ${count.rows[0]?.n}, namespaces ${projects * clusters}, allowed ${allowed} of ${checks}\n`,
);
process.stdout.write(`                      p95, ms   queries\n`);
process.stdout.write(`by the copy           ${p95(cached).toFixed(4)}    ${cachedQueries}\n`);
process.stdout.write(`by rows, locked       ${p95(byRows).toFixed(4)}    2 each\n`);
process.stdout.write(`SELECT 1              ${p95(bare).toFixed(4)}    1 each\n`);
printResult({
  figure: 'check-cost',
  value: p95(cached),
  unit: 'ms',
  baseline: p95(bare),
  goal: goalMs,
  ok: p95(cached) <= goalMs && cachedQueries === 0,
  more: { cachedQueries, byRowsP95Ms: p95(byRows), grants: count.rows[0]?.n ?? 0 },
});

async function timesOf(count: number, work: (at: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const started = performance.now();
    await work(at);
    times.push(performance.now() - started);
  }
  return times;
}

function counting(pool: Database['pool']): Database['pool'] {
  return {
    ...pool,
    query: ((...given: Parameters<typeof pool.query>) => {
      queries += 1;
      return pool.query(...given);
    }) as typeof pool.query,
  };
}
