import { type Permission, type TokenKind, type TokenState, tokenNoticeDays } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';

/** What narrows a token, as stored: uuids, `null` where nothing narrows. */
export type StoredLimits = {
  permissions: Permission[];
  cluster_ids: string[] | null;
  cluster_selector: Record<string, string> | null;
  project_ids: string[] | null;
  environment_ids: string[] | null;
  namespaces: string[] | null;
  cidrs: string[] | null;
};

export type TokenRow = StoredLimits & {
  id: string;
  kind: TokenKind;
  lookup: string;
  name: string;
  user_id: string | null;
  service_account_id: string | null;
  created_at: Date;
  created_by: string | null;
  expires_at: Date;
  last_used_at: Date | null;
  last_used_ip: string | null;
  revoked_at: Date | null;
  state: TokenState;
  /** Its last use should be written again. */
  stale: boolean;
  ends_in_days: number;
  owner_name: string;
  owner_display_name: string;
  owner_disabled: boolean;
  /** Groups of the person that owns it. */
  owner_groups: string[];
  /** Their provider has not vouched for them for 30 days. */
  owner_stale: boolean;
  /** The project of the service account that owns it. */
  owner_project_id: string | null;
};

/** Whose tokens: a person's, a service account's, or everybody's. */
export type TokenOwner = { userId: string } | { serviceAccountId: string };

export type TokenFilter = {
  owner?: TokenOwner | undefined;
  q?: string | undefined;
  kind?: readonly TokenKind[] | undefined;
  state?: readonly TokenState[] | undefined;
  endsWithinDays?: number | undefined;
};

export type NewTokenRow = StoredLimits & {
  id: string;
  kind: TokenKind;
  lookup: string;
  secretHmac: Buffer;
  name: string;
  owner: TokenOwner;
  createdBy: string | null;
  trustRuleId: string | null;
  lifeSeconds: number;
};

const stateOf = `CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired'
  WHEN t.kind <> 'workload' AND t.expires_at < now() + interval '${tokenNoticeDays} days' THEN 'ending' ELSE 'active' END`;

const from = `FROM identity_token t LEFT JOIN identity_user u ON u.id = t.user_id
  LEFT JOIN identity_service_account a ON a.id = t.service_account_id`;

const select = `SELECT t.id, t.kind, t.lookup, t.name, t.user_id, t.service_account_id, t.permissions, t.cluster_ids::text[],
  t.cluster_selector, t.project_ids::text[], t.environment_ids::text[], t.namespaces, t.cidrs, t.created_at, t.created_by,
  t.expires_at, t.last_used_at, t.last_used_ip, t.revoked_at, ${stateOf} AS state,
  t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' AS stale,
  greatest(0, round(extract(epoch FROM t.expires_at - now()) / 86400))::int AS ends_in_days,
  coalesce(u.name, a.name) AS owner_name, coalesce(u.display_name, a.name) AS owner_display_name,
  coalesce(u.disabled_at, a.disabled_at) IS NOT NULL AS owner_disabled, a.project_id AS owner_project_id,
  ARRAY(SELECT m.group_id FROM identity_group_member m WHERE m.user_id = t.user_id) AS owner_groups,
  u.issuer IS NOT NULL AND coalesce(u.groups_synced_at < now() - interval '30 days', true) AS owner_stale ${from}`;

const keptDays = 90;

export type TokensStore = ReturnType<typeof createTokensStore>;

/** Tokens and their limits. Times are the database's. */
export function createTokensStore(database: Database) {
  const { keyed: pool } = database;
  return {
    /** The token with this HMAC, ended ones too. */
    async findByHmac(secretHmac: Buffer): Promise<TokenRow | undefined> {
      const result = await pool.query<TokenRow>(`${select} WHERE t.secret_hmac = $1`, [secretHmac]);
      return result.rows[0];
    },

    /** `undefined` for one that ended. */
    async findLive(id: string): Promise<TokenRow | undefined> {
      const result = await pool.query<TokenRow>(
        `${select} WHERE t.id = $1 AND t.revoked_at IS NULL AND t.expires_at > now()`,
        [id],
      );
      return result.rows[0];
    },

    async findById(on: Queryable, id: string): Promise<TokenRow | undefined> {
      const result = await on.query<TokenRow>(`${select} WHERE t.id = $1`, [id]);
      return result.rows[0];
    },

    /** A page, newest first (ids rise with time), from just after `position`. */
    async page(filter: TokenFilter, position: { id: string } | undefined, limit: number): Promise<TokenRow[]> {
      const { where, values } = conditions(filter);
      if (position !== undefined) {
        values.push(position.id);
        where.push(`t.id < $${values.length}::uuid`);
      }
      const result = await database.pool.query<TokenRow>(
        `${select} WHERE ${where.join(' AND ')} ORDER BY t.id DESC LIMIT ${limit}`,
        values,
      );
      return result.rows;
    },

    /** Counts to 1,000; above that the total is not exact. */
    async count(filter: TokenFilter): Promise<{ total: number; exact: boolean }> {
      const { where, values } = conditions(filter);
      const result = await database.pool.query<{ n: string }>(
        `SELECT count(*) AS n FROM (SELECT ${from} WHERE ${where.join(' AND ')} LIMIT 1001) AS capped`,
        values,
      );
      const total = Number(result.rows[0]?.n ?? 0);
      return { total: Math.min(total, 1000), exact: total <= 1000 };
    },

    /** Tokens of an owner that still work; the owner's row is locked, so that two requests cannot both be the last. */
    async countLive(tx: Transaction, owner: TokenOwner): Promise<number> {
      const table = 'userId' in owner ? 'identity_user' : 'identity_service_account';
      await tx.query(`SELECT FROM ${table} WHERE id = $1 FOR UPDATE`, [ownerId(owner)]);
      const result = await tx.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM identity_token t
         WHERE ${ownerColumn(owner)} = $1 AND t.revoked_at IS NULL AND t.expires_at > now()`,
        [ownerId(owner)],
      );
      return result.rows[0]?.n ?? 0;
    },

    async insert(tx: Transaction, token: NewTokenRow): Promise<TokenRow> {
      await tx.query(
        `INSERT INTO identity_token (id, kind, lookup, secret_hmac, name, user_id, service_account_id, permissions,
           cluster_ids, cluster_selector, project_ids, environment_ids, namespaces, cidrs, created_by, trust_rule_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::uuid[], $10::jsonb, $11::uuid[], $12::uuid[], $13, $14, $15, $16,
           now() + make_interval(secs => $17))`,
        [
          token.id,
          token.kind,
          token.lookup,
          token.secretHmac,
          token.name,
          'userId' in token.owner ? token.owner.userId : null,
          'serviceAccountId' in token.owner ? token.owner.serviceAccountId : null,
          token.permissions,
          token.cluster_ids,
          token.cluster_selector === null ? null : JSON.stringify(token.cluster_selector),
          token.project_ids,
          token.environment_ids,
          token.namespaces,
          token.cidrs,
          token.createdBy,
          token.trustRuleId,
          token.lifeSeconds,
        ],
      );
      const inserted = await this.findById(tx, token.id);
      if (inserted === undefined) throw new Error('The token just written is not there.');
      return inserted;
    },

    /** `undefined` when there is no such token of this owner, or it was revoked before. */
    async revoke(tx: Transaction, id: string, owner: TokenOwner | undefined): Promise<TokenRow | undefined> {
      const values: unknown[] = [id];
      if (owner !== undefined) values.push(ownerId(owner));
      const result = await tx.query<{ id: string }>(
        `UPDATE identity_token t SET revoked_at = now() WHERE t.id = $1 AND t.revoked_at IS NULL
           ${owner === undefined ? '' : `AND ${ownerColumn(owner)} = $2`} RETURNING t.id`,
        values,
      );
      return result.rows.length === 0 ? undefined : this.findById(tx, id);
    },

    /** At most one write a minute and token. */
    async touch(id: string, ip: string): Promise<void> {
      await pool.query(
        `UPDATE identity_token SET last_used_at = now(), last_used_ip = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
        [id, ip],
      );
    },

    /** True once a minute and token: the refusal deserves a record of its own. */
    async noteRefusal(id: string): Promise<boolean> {
      const result = await pool.query(
        `UPDATE identity_token SET refused_at = now()
         WHERE id = $1 AND (refused_at IS NULL OR refused_at < now() - interval '1 minute')`,
        [id],
      );
      return result.rowCount === 1;
    },

    /** What nobody can use any more; lists show ended tokens for 90 days, exchanged ones for a day. */
    async sweep(): Promise<void> {
      await pool.query(
        `DELETE FROM identity_token WHERE least(expires_at, revoked_at) <
           now() - CASE kind WHEN 'workload' THEN interval '1 day' ELSE interval '${keptDays} days' END`,
      );
    },
  };
}

function ownerColumn(owner: TokenOwner): string {
  return 'userId' in owner ? 't.user_id' : 't.service_account_id';
}

function ownerId(owner: TokenOwner): string {
  return 'userId' in owner ? owner.userId : owner.serviceAccountId;
}

function conditions(filter: TokenFilter): { where: string[]; values: unknown[] } {
  const where = ['true'];
  const values: unknown[] = [];
  function add(sql: (place: string) => string, value: unknown): void {
    values.push(value);
    where.push(sql(`$${values.length}`));
  }
  const { owner } = filter;
  if (owner !== undefined) add((place) => `${ownerColumn(owner)} = ${place}`, ownerId(owner));
  if (filter.kind !== undefined) add((place) => `t.kind = ANY(${place}::text[])`, filter.kind);
  if (filter.state !== undefined) add((place) => `${stateOf} = ANY(${place}::text[])`, filter.state);
  if (filter.endsWithinDays !== undefined) {
    where.push('t.revoked_at IS NULL AND t.expires_at > now()');
    add((place) => `t.expires_at <= now() + make_interval(days => ${place})`, filter.endsWithinDays);
  }
  if (filter.q !== undefined && filter.q !== '') {
    add((place) => `position(lower(${place}) in lower(t.name || ' ' || coalesce(u.name, a.name))) > 0`, filter.q);
  }
  return { where, values };
}
