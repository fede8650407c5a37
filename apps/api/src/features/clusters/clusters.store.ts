import { type ClusterState, type OnboardingProfile, probeSlotMinutes } from '@quarterdeck/contracts';
import type { Database, Notifier, Queryable, Transaction } from '@quarterdeck/database';
import { defaultProfile } from '@quarterdeck/kubernetes';
import { fromUuid, toUuid } from '../../platform/ids.ts';

/** A registered cluster without its credential. */
export type ClusterRecord = {
  id: string;
  /** Short number used in the inventory's rows. */
  number: number;
  slug: string;
  displayName: string;
  color: number;
  /** As people set them; `cluster` = slug is added where labels are selected by. */
  labels: Record<string, string>;
  server: string;
  caPem: string | undefined;
  tlsServerName: string | undefined;
  proxyUrl: string | undefined;
  clusterUid: string | undefined;
  profile: OnboardingProfile;
  state: ClusterState;
  stateReason: string | undefined;
  stateSince: Date;
  unstable: boolean;
  version: string | undefined;
  latencyMs: number | undefined;
  health: Record<string, unknown>;
  seenAt: Date | undefined;
  /** When it is due; moves with each result and each change by a person. */
  nextProbeAt: Date;
  createdAt: Date;
  credentialKind: 'token' | 'client_certificate' | undefined;
  credentialExpiresAt: Date | undefined;
  credentialRevision: number;
  /** The same for credentials that follow each other by renewal. */
  credentialGeneration: number;
  credentialRenews: boolean;
  /** Why the last renewal failed. */
  renewalError: string | undefined;
};

type Row = {
  id: string;
  number: number;
  slug: string;
  display_name: string;
  color: number;
  labels: Record<string, string>;
  server: string;
  ca_pem: string | null;
  tls_server_name: string | null;
  proxy_url: string | null;
  cluster_uid: string | null;
  people: OnboardingProfile['people'];
  bindings: OnboardingProfile['bindings'];
  state: ClusterState;
  state_reason: string | null;
  state_since: Date;
  unstable: boolean;
  version: string | null;
  latency_ms: number | null;
  health: Record<string, unknown>;
  seen_at: Date | null;
  next_probe_at: Date;
  created_at: Date;
  credential_kind: 'token' | 'client_certificate' | null;
  credential_expires_at: Date | null;
  credential_revision: number | null;
  credential_generation: number | null;
  credential_renewing: boolean | null;
  renewal_error: string | null;
};

const select = `SELECT c.*, k.kind AS credential_kind, k.expires_at AS credential_expires_at, k.revision AS credential_revision,
  k.generation AS credential_generation, k.renewing AS credential_renewing, k.renewal_error
  FROM clusters_cluster c LEFT JOIN clusters_credential k ON k.cluster_id = c.id`;

/** `groups-only` and `managed` unless told. */
export type NewCluster = { profile?: OnboardingProfile } & Pick<
  ClusterRecord,
  | 'id'
  | 'slug'
  | 'displayName'
  | 'color'
  | 'labels'
  | 'server'
  | 'caPem'
  | 'tlsServerName'
  | 'proxyUrl'
  | 'clusterUid'
  | 'state'
  | 'stateReason'
  | 'version'
  | 'latencyMs'
>;

export type SealedCredential = {
  kind: 'token' | 'client_certificate';
  sealed: Uint8Array;
  expiresAt: Date | undefined;
  renewing: boolean;
  /** It follows the one before by renewal, which stays good until its own end. */
  isRenewal: boolean;
};

/** What a probe came to. It is written only while the row's next probe is the one that was read (`readAs`). */
export type HealthUpdate = {
  id: string;
  readAs: Date;
  state: ClusterState;
  stateReason: string | undefined;
  unstable: boolean;
  latencyMs: number | undefined;
  version: string | undefined;
  health: Record<string, unknown>;
  /** The probe was good. */
  seen: boolean;
  nextProbeMs: number;
};

export type ClustersStore = ReturnType<typeof createClustersStore>;

export function createClustersStore(database: Database) {
  const { keyed: pool } = database;

  async function one(on: Queryable, where: string, values: readonly unknown[]): Promise<ClusterRecord | undefined> {
    const result = await on.query<Row>(`${select} WHERE ${where}`, values);
    return result.rows.map(toRecord)[0];
  }

  async function listByUuids(uuids: readonly string[]): Promise<ClusterRecord[]> {
    if (uuids.length === 0) return [];
    const result = await pool.query<Row>(`${select} WHERE c.id = ANY($1::uuid[])`, [uuids]);
    return result.rows.map(toRecord);
  }

  return {
    async list(): Promise<ClusterRecord[]> {
      const result = await pool.query<Row>(`${select} ORDER BY c.slug`);
      return result.rows.map(toRecord);
    },

    listByIds: (ids: readonly string[]) => listByUuids(ids.map(toUuid)),

    findById: (id: string, on: Queryable = pool) => one(on, 'c.id = $1', [toUuid(id)]),
    findBySlug: (slug: string, on: Queryable = pool) => one(on, 'c.slug = $1', [slug]),
    findByUid: (uid: string, on: Queryable = pool) => one(on, 'c.cluster_uid = $1', [uid]),

    /** Unique violations (slug, uid) are the caller's to explain. */
    async insert(tx: Transaction, cluster: NewCluster): Promise<void> {
      await tx.query(
        `INSERT INTO clusters_cluster (id, slug, display_name, color, labels, server, ca_pem, tls_server_name, cluster_uid, state, state_reason, version, latency_ms, proxy_url, people, bindings, seen_at)
         VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, CASE WHEN $10 = 'connected' THEN now() END)`,
        [
          toUuid(cluster.id),
          cluster.slug,
          cluster.displayName,
          cluster.color,
          JSON.stringify(cluster.labels),
          cluster.server,
          cluster.caPem ?? null,
          cluster.tlsServerName ?? null,
          cluster.clusterUid ?? null,
          cluster.state,
          cluster.stateReason ?? null,
          cluster.version ?? null,
          cluster.latencyMs ?? null,
          cluster.proxyUrl ?? null,
          (cluster.profile ?? defaultProfile).people,
          (cluster.profile ?? defaultProfile).bindings,
        ],
      );
    },

    async putCredential(tx: Transaction, clusterId: string, credential: SealedCredential): Promise<void> {
      await tx.query(
        `INSERT INTO clusters_credential AS k (cluster_id, kind, sealed, expires_at, renewing, next_renewal_at)
         VALUES ($1, $2, $3, $4, $5, CASE WHEN $5 THEN now() + ($4::timestamptz - now()) / 2 END)
         ON CONFLICT (cluster_id) DO UPDATE SET kind = excluded.kind, sealed = excluded.sealed,
           expires_at = excluded.expires_at, renewing = excluded.renewing, next_renewal_at = excluded.next_renewal_at,
           renewal_error = NULL, revision = k.revision + 1, updated_at = now(),
           generation = k.generation + CASE WHEN $6 THEN 0 ELSE 1 END`,
        [
          toUuid(clusterId),
          credential.kind,
          Buffer.from(credential.sealed),
          credential.expiresAt ?? null,
          credential.renewing,
          credential.isRenewal,
        ],
      );
    },

    /**
     * Takes the clusters whose token is due for renewal and moves their next try on by `holdMs`, so that one worker
     * renews each. Those that get no traffic wait.
     */
    async takeDueRenewals(limit: number, holdMs: number): Promise<ClusterRecord[]> {
      const result = await pool.query<{ cluster_id: string }>(
        `UPDATE clusters_credential SET next_renewal_at = now() + make_interval(secs => $2)
         WHERE cluster_id IN (SELECT k.cluster_id FROM clusters_credential k JOIN clusters_cluster c ON c.id = k.cluster_id
           WHERE k.renewing AND k.next_renewal_at <= now() AND c.state IN ('connected', 'degraded', 'unreachable')
           ORDER BY k.next_renewal_at LIMIT $1 FOR UPDATE OF k SKIP LOCKED) RETURNING cluster_id`,
        [limit, holdMs / 1000],
      );
      return listByUuids(result.rows.map((row) => row.cluster_id));
    },

    /** Says why a renewal failed; true when that is news. */
    async saveRenewalError(clusterId: string, revision: number, error: string): Promise<boolean> {
      const result = await pool.query(
        `UPDATE clusters_credential SET renewal_error = $3
         WHERE cluster_id = $1 AND revision = $2 AND renewal_error IS DISTINCT FROM $3`,
        [toUuid(clusterId), revision, error],
      );
      return result.rowCount === 1;
    },

    /** Locks the credential that was read as `revision`; false when somebody put another one there meanwhile. */
    async lockCredential(tx: Transaction, clusterId: string, revision: number): Promise<boolean> {
      const result = await tx.query(
        'SELECT FROM clusters_credential WHERE cluster_id = $1 AND revision = $2 AND renewing FOR UPDATE',
        [toUuid(clusterId), revision],
      );
      return result.rowCount === 1;
    },

    async sealedCredential(
      clusterId: string,
    ): Promise<{ kind: 'token' | 'client_certificate'; sealed: Buffer } | undefined> {
      const result = await pool.query<{ kind: 'token' | 'client_certificate'; sealed: Buffer }>(
        'SELECT kind, sealed FROM clusters_credential WHERE cluster_id = $1',
        [toUuid(clusterId)],
      );
      return result.rows[0];
    },

    async update(
      tx: Transaction,
      id: string,
      change: { displayName?: string; color?: number; labels?: Record<string, string> },
    ): Promise<void> {
      await tx.query(
        `UPDATE clusters_cluster SET display_name = coalesce($2, display_name), color = coalesce($3, color),
           labels = coalesce($4::jsonb, labels) WHERE id = $1`,
        [
          toUuid(id),
          change.displayName ?? null,
          change.color ?? null,
          change.labels === undefined ? null : JSON.stringify(change.labels),
        ],
      );
    },

    /** Where and how it is reached now; the slug and the uid stay. */
    async updateEndpoint(
      tx: Transaction,
      id: string,
      endpoint: Pick<ClusterRecord, 'server' | 'caPem' | 'tlsServerName' | 'proxyUrl' | 'clusterUid' | 'profile'>,
    ): Promise<void> {
      await tx.query(
        `UPDATE clusters_cluster SET server = $2, ca_pem = $3, tls_server_name = $4, cluster_uid = coalesce($5, cluster_uid), proxy_url = $6,
           people = $7, bindings = $8 WHERE id = $1`,
        [
          toUuid(id),
          endpoint.server,
          endpoint.caPem ?? null,
          endpoint.tlsServerName ?? null,
          endpoint.clusterUid ?? null,
          endpoint.proxyUrl ?? null,
          endpoint.profile.people,
          endpoint.profile.bindings,
        ],
      );
    },

    /** A person's change of state; the state machine starts afresh. */
    async setState(tx: Transaction, id: string, state: ClusterState, reason: string | undefined): Promise<void> {
      await tx.query(
        `UPDATE clusters_cluster SET state = $2, state_reason = $3, health = '{}', next_probe_at = now(), unstable = false,
           state_since = CASE WHEN state = $2 THEN state_since ELSE now() END WHERE id = $1`,
        [toUuid(id), state, reason ?? null],
      );
    },

    async forgetUid(tx: Transaction, id: string): Promise<void> {
      await tx.query('UPDATE clusters_cluster SET cluster_uid = NULL WHERE id = $1', [toUuid(id)]);
    },

    /** The uid that a first good probe saw; false when another cluster has it. */
    async learnUid(id: string, uid: string): Promise<boolean> {
      const result = await pool.query(
        `UPDATE clusters_cluster SET cluster_uid = $2 WHERE id = $1 AND cluster_uid IS NULL
           AND NOT EXISTS (SELECT FROM clusters_cluster WHERE cluster_uid = $2)`,
        [toUuid(id), uid],
      );
      return result.rowCount === 1;
    },

    async wipeCredential(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM clusters_credential WHERE cluster_id = $1', [toUuid(id)]);
    },

    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM clusters_cluster WHERE id = $1', [toUuid(id)]);
    },

    /** Of these clusters, by number, those whose probe is due, without those that are under way, by id. */
    async dueProbes(numbers: readonly number[], underWay: readonly string[], limit: number): Promise<ClusterRecord[]> {
      const result = await pool.query<Row>(
        `${select} WHERE c.number = ANY($1::int[]) AND c.next_probe_at <= now() AND c.id <> ALL($2::uuid[])
           AND c.state NOT IN ('paused', 'removing', 'identity_changed') ORDER BY c.next_probe_at LIMIT $3`,
        [numbers, underWay.map(toUuid), limit],
      );
      return result.rows.map(toRecord);
    },

    /**
     * Writes what probes came to, unless a person or another worker wrote since the row was read. Gives the ids that
     * were written, and those whose row changed visibly. Each is added to its ten minutes of history.
     */
    async saveHealth(updates: readonly HealthUpdate[]): Promise<{ written: ReadonlySet<string>; changed: string[] }> {
      const result = await pool.query<{ id: string; changed: boolean }>(
        `WITH saved AS (UPDATE clusters_cluster AS c SET state = new.state, state_reason = new.reason, unstable = new.unstable,
           latency_ms = coalesce(new.latency_ms, c.latency_ms), version = coalesce(new.version, c.version), health = new.health,
           seen_at = CASE WHEN new.seen THEN now() ELSE c.seen_at END,
           next_probe_at = now() + make_interval(secs => new.next_ms / 1000),
           state_since = CASE WHEN c.state = new.state THEN c.state_since ELSE now() END
         FROM jsonb_to_recordset($1::jsonb) AS new(id uuid, read_as timestamptz, state text, reason text, unstable boolean,
             latency_ms float8, version text, health jsonb, seen boolean, next_ms float8)
           JOIN clusters_cluster AS old ON old.id = new.id
         WHERE c.id = new.id AND c.next_probe_at = new.read_as
         RETURNING c.id, new.seen, new.latency_ms, (old.state, old.state_reason, old.unstable) IS DISTINCT FROM (c.state, c.state_reason, c.unstable)
           OR abs(coalesce(old.latency_ms, 0) - coalesce(c.latency_ms, 0)) > 5 AS changed),
         noted AS (INSERT INTO clusters_probe_slot AS s (cluster_id, at, probes, failed, latency_sum_ms, latency_max_ms)
           SELECT id, date_bin(make_interval(mins => $2), now(), 'epoch'), 1, CASE WHEN seen THEN 0 ELSE 1 END,
             CASE WHEN seen THEN coalesce(latency_ms, 0) ELSE 0 END, CASE WHEN seen THEN coalesce(latency_ms, 0) ELSE 0 END FROM saved
           ON CONFLICT (cluster_id, at) DO UPDATE SET probes = s.probes + 1, failed = s.failed + excluded.failed,
             latency_sum_ms = s.latency_sum_ms + excluded.latency_sum_ms,
             latency_max_ms = greatest(s.latency_max_ms, excluded.latency_max_ms))
         SELECT id, changed FROM saved`,
        [
          JSON.stringify(
            updates.map((update) => ({
              id: toUuid(update.id),
              read_as: update.readAs,
              state: update.state,
              reason: update.stateReason,
              unstable: update.unstable,
              latency_ms: update.latencyMs,
              version: update.version,
              health: update.health,
              seen: update.seen,
              next_ms: update.nextProbeMs,
            })),
          ),
          probeSlotMinutes,
        ],
      );
      const rows = result.rows.map(({ id, changed }) => ({ id: fromUuid('clu', id), changed }));
      return {
        written: new Set(rows.map(({ id }) => id)),
        changed: rows.filter(({ changed }) => changed).map(({ id }) => id),
      };
    },

    /** Wakes the pages that show clusters. */
    async notify(on: Notifier, ids: readonly string[]): Promise<void> {
      for (const id of ids) on.notify('quarterdeck_rows', JSON.stringify({ view: 'clusters.index', key: id }));
    },
  };
}

function toRecord(row: Row): ClusterRecord {
  return {
    id: fromUuid('clu', row.id),
    number: row.number,
    slug: row.slug,
    displayName: row.display_name,
    color: row.color,
    labels: row.labels,
    server: row.server,
    caPem: row.ca_pem ?? undefined,
    tlsServerName: row.tls_server_name ?? undefined,
    proxyUrl: row.proxy_url ?? undefined,
    clusterUid: row.cluster_uid ?? undefined,
    profile: { people: row.people, bindings: row.bindings },
    state: row.state,
    stateReason: row.state_reason ?? undefined,
    stateSince: row.state_since,
    unstable: row.unstable,
    version: row.version ?? undefined,
    latencyMs: row.latency_ms ?? undefined,
    health: row.health,
    seenAt: row.seen_at ?? undefined,
    nextProbeAt: row.next_probe_at,
    createdAt: row.created_at,
    credentialKind: row.credential_kind ?? undefined,
    credentialExpiresAt: row.credential_expires_at ?? undefined,
    credentialRevision: row.credential_revision ?? 0,
    credentialGeneration: row.credential_generation ?? 0,
    credentialRenews: row.credential_renewing ?? false,
    renewalError: row.renewal_error ?? undefined,
  };
}
