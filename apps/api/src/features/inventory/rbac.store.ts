import type { Database } from '@quarterdeck/database';
import { joinPolicy, type NamedRbacObject, type RbacPolicy, type RbacRule } from '@quarterdeck/kubernetes';
import { countUnseen } from './gone-rows.ts';
import type { Fence } from './inventory.store.ts';
import { createKindRegistry, type KindRegistry } from './kind-registry.ts';
import { type KindKey, type ObjectRow, rbacNumbers } from './object-rows.ts';
import { kindNumbered, raisedWhere, rbacStatement } from './rbac-batch.ts';
import { type Batch, fenced } from './store-batch.ts';

/** What is known of a cluster's RBAC, and since when not. */
export type RbacState = {
  /** Rises with every change. */
  rev: string;
  /** The streams of the four kinds; less than four of them: some were never read. */
  streams: readonly { state: string; everRead: boolean; asOf: Date | undefined; readAt: Date }[];
  /** Set where the cluster denied what its RBAC allows. */
  doubt: RbacDoubt | undefined;
};

/** A question that RBAC allows and the cluster denied. */
export type RbacDoubt = {
  groups: readonly string[];
  question: { verb: string; group: string; resource: string; namespace?: string; name?: string };
  at: string;
};

const maxRules = 5000;

export type RbacStore = ReturnType<typeof createRbacStore>;

/** Roles and bindings of the clusters, written under the fence, and read joined for whoever asks. */
export function createRbacStore(database: Database, kinds: KindRegistry = createKindRegistry(database)) {
  const { pool } = database;
  const known = new Map<string, readonly RbacRule[]>();

  /** The same rules, as one value: clusters and people share most roles. */
  function rulesOf(text: string): readonly RbacRule[] {
    const rules = known.get(text) ?? (JSON.parse(text) as RbacRule[]);
    if (known.size >= maxRules) known.clear();
    known.set(text, rules);
    return rules;
  }

  /** False when the fence is lost. */
  async function write(sql: string, values: readonly unknown[]): Promise<{ held: boolean }> {
    const result = await pool.query<{ held: boolean }>(sql, values);
    return { held: result.rows[0]?.held ?? false };
  }

  return {
    /** Writes a batch whole or not at all, its position included; the revision rises with it. */
    async storeBatch(fence: Fence, key: KindKey, batch: Batch<ObjectRow>): Promise<{ held: boolean }> {
      const { puts, deletes, complete, position } = batch;
      const isEmpty = puts.length + deletes.length === 0 && complete === undefined && position === undefined;
      if (isEmpty) return { held: true };
      const { sql, values } = rbacStatement(fence, await kinds.numberOf(key), batch);
      return write(sql, values);
    },

    async count(clusterNo: number, key: KindKey): Promise<number> {
      const result = await pool.query<{ n: number }>(
        'SELECT count(*)::int AS n FROM cluster_rbac WHERE cluster_no = $1 AND kind_no = $2',
        [clusterNo, await kinds.numberOf(key)],
      );
      return result.rows[0]?.n ?? 0;
    },

    async countUnseen(
      clusterNo: number,
      key: KindKey,
      seenUids: readonly string[],
    ): Promise<{ unseen: number; rows: number }> {
      return countUnseen(pool, 'cluster_rbac', { clusterNo, kindNo: await kinds.numberOf(key) }, seenUids);
    },

    /** Whether the RBAC of a cluster may be judged by has changed: everybody asks anew. */
    touch(fence: Fence): Promise<{ held: boolean }> {
      return write(`WITH ${fenced}, ${raisedWhere('true')}`, [fence.clusterNo, fence.epoch]);
    },

    putDoubt(fence: Fence, doubt: RbacDoubt | undefined): Promise<{ held: boolean }> {
      return write(`WITH ${fenced}, ${raisedWhere('true', ', rbac_doubt = $3::jsonb')}`, [
        fence.clusterNo,
        fence.epoch,
        doubt === undefined ? null : JSON.stringify(doubt),
      ]);
    },

    /** Revision of every cluster's RBAC. */
    async revisions(): Promise<Map<number, string>> {
      const result = await pool.query<{ cluster_no: number; rbac_rev: string }>(
        'SELECT cluster_no, rbac_rev FROM inventory_head',
      );
      return new Map(result.rows.map((row) => [row.cluster_no, row.rbac_rev]));
    },

    async states(clusterNos: readonly number[]): Promise<Map<number, RbacState>> {
      const result = await pool.query<{
        cluster_no: number;
        rbac_rev: string;
        rbac_doubt: RbacDoubt | null;
        streams: { state: string; everRead: boolean; asOf: string | null }[] | null;
        read_at: Date;
      }>(
        `SELECT h.cluster_no, h.rbac_rev, h.rbac_doubt, clock_timestamp() AS read_at,
           (SELECT jsonb_agg(jsonb_build_object('state', s.state, 'everRead', s.resource_version IS NOT NULL, 'asOf', s.as_of))
            FROM inventory_stream s WHERE s.cluster_no = h.cluster_no AND s.kind_no = ANY($2::smallint[])) AS streams
         FROM inventory_head h WHERE h.cluster_no = ANY($1::int[])`,
        [clusterNos, Object.values(rbacNumbers)],
      );
      return new Map(
        result.rows.map((row) => [
          row.cluster_no,
          {
            rev: row.rbac_rev,
            doubt: row.rbac_doubt ?? undefined,
            streams: (row.streams ?? []).map(({ asOf, ...stream }) => ({
              ...stream,
              asOf: asOf === null ? undefined : new Date(asOf),
              readAt: row.read_at,
            })),
          },
        ]),
      );
    },

    /** Of each cluster the bindings that name one of the subjects, with the rules of their roles. */
    async policies(clusterNos: readonly number[], subjects: readonly string[]): Promise<Map<number, RbacPolicy>> {
      const result = await pool.query<{
        cluster_no: number;
        kind_no: number;
        namespace: string;
        name: string;
        subjects: string[];
        role_kind_no: number | null;
        role_name: string | null;
        rules: string;
      }>(
        `WITH bound AS MATERIALIZED (
           SELECT * FROM cluster_rbac WHERE cluster_no = ANY($1::int[]) AND subjects && $2::text[])
         SELECT cluster_no, kind_no, namespace, name, subjects, role_kind_no, role_name, rules::text FROM bound
         UNION ALL
         SELECT r.cluster_no, r.kind_no, r.namespace, r.name, r.subjects, r.role_kind_no, r.role_name, r.rules::text FROM cluster_rbac r
         JOIN (SELECT DISTINCT cluster_no, role_kind_no, CASE WHEN role_kind_no = ${rbacNumbers.roles} THEN namespace ELSE '' END AS namespace, role_name
           FROM bound) AS b ON r.cluster_no = b.cluster_no AND r.kind_no = b.role_kind_no AND r.namespace = b.namespace AND r.name = b.role_name`,
        [clusterNos, subjects],
      );
      const objects = Map.groupBy(result.rows, (row) => row.cluster_no);
      return new Map(
        [...objects].map(([clusterNo, rows]) => [
          clusterNo,
          joinPolicy(
            rows.flatMap((row): NamedRbacObject[] => {
              const { namespace, name, subjects: named } = row;
              const kind = kindNumbered(row.kind_no);
              if (kind === undefined) return [];
              if (kind === 'role' || kind === 'cluster_role')
                return [{ kind, namespace, name, rules: rulesOf(row.rules) }];
              const roleKind = row.role_kind_no === rbacNumbers.roles ? 'role' : 'cluster_role';
              return [{ kind, namespace, name, subjects: named, roleKind, roleName: row.role_name ?? '' }];
            }),
          ),
        ]),
      );
    },

    /** Some of our groups that bindings of the cluster name. */
    async boundGroups(clusterNo: number, limit: number): Promise<string[]> {
      const result = await pool.query<{ subject: string }>(
        `SELECT subject FROM cluster_rbac, unnest(subjects) AS subject
         WHERE cluster_no = $1 AND subject LIKE 'g:quarterdeck:%' AND subject <> 'g:quarterdeck:workers'
         GROUP BY subject ORDER BY random() LIMIT $2`,
        [clusterNo, limit],
      );
      return result.rows.map(({ subject }) => subject.slice('g:'.length));
    },

    /** Numbers of namespaces that have one. */
    async namespaceNumbers(
      places: readonly { clusterNo: number; namespace: string }[],
    ): Promise<{ clusterNo: number; namespace: string; nsNo: number }[]> {
      if (places.length === 0) return [];
      const result = await pool.query<{ cluster_no: number; name: string; ns_no: number }>(
        `SELECT n.cluster_no, n.name, n.ns_no FROM unnest($1::int[], $2::text[]) AS p(cluster_no, name)
         JOIN inventory_namespace n ON n.cluster_no = p.cluster_no AND n.name = p.name`,
        [places.map((place) => place.clusterNo), places.map((place) => place.namespace)],
      );
      return result.rows.map((row) => ({ clusterNo: row.cluster_no, namespace: row.name, nsNo: row.ns_no }));
    },

    /** Names of a cluster's namespaces with rows in them. */
    async namespacesOf(clusterNo: number, limit: number): Promise<string[]> {
      const result = await pool.query<{ name: string }>(
        "SELECT name FROM inventory_namespace WHERE cluster_no = $1 AND name <> '' ORDER BY name LIMIT $2",
        [clusterNo, limit],
      );
      return result.rows.map((row) => row.name);
    },

    /** Keeps a set of namespaces and gives its number; the same set has the same one. */
    async storeScope(hash: string, nsNos: readonly number[]): Promise<number> {
      return database.transaction(async (tx) => {
        const result = await tx.query<{ scope_no: number; is_new: boolean }>(
          `INSERT INTO inventory_scope (hash) VALUES ($1) ON CONFLICT (hash) DO UPDATE SET used_at = now()
           RETURNING scope_no, xmax = 0 AS is_new`,
          [hash],
        );
        const [scope] = result.rows;
        if (scope === undefined) throw new Error('A scope could not be kept.');
        if (scope.is_new) {
          await tx.query('INSERT INTO inventory_scope_namespace (scope_no, ns_no) SELECT $1, unnest($2::int[])', [
            scope.scope_no,
            nsNos,
          ]);
        }
        return scope.scope_no;
      });
    },

    /** A scope that nobody asked by for a day is made again when somebody does. */
    async sweep(): Promise<void> {
      await pool.query(
        `WITH gone AS (DELETE FROM inventory_scope WHERE used_at < now() - interval '1 day' RETURNING scope_no)
         DELETE FROM inventory_scope_namespace s USING gone WHERE s.scope_no = gone.scope_no`,
      );
    },
  };
}
