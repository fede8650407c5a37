import type { TrustRuleInput } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { sqlState } from '@quarterdeck/database';
import { toUuid } from '../../platform/ids.ts';
import { toStoredLimits } from './token-limits.ts';
import type { StoredLimits } from './tokens.store.ts';

export type TrustRuleRow = Omit<StoredLimits, 'cidrs'> & {
  id: string;
  name: string;
  issuer: string;
  ca_pem: string | null;
  /** A bigint: text, as in GitLab's claims. */
  gitlab_project_id: string;
  ref_type: 'branch' | 'tag';
  ref: string;
  environment: string | null;
  allow_merge_requests: boolean;
  service_account_id: string;
  service_account_name: string;
  service_account_project_id: string | null;
  service_account_disabled: boolean;
  life_minutes: number;
  enabled: boolean;
  created_at: Date;
  last_used_at: Date | null;
};

export type TrustRuleFilter = { q?: string | undefined; serviceAccountIds?: readonly string[] | undefined };

export type TrustRulesStore = ReturnType<typeof createTrustRulesStore>;

const select = `SELECT r.id, r.name, r.issuer, r.ca_pem, r.gitlab_project_id::text, r.ref_type, r.ref, r.environment,
  r.allow_merge_requests, r.service_account_id, r.permissions, r.cluster_ids::text[], r.cluster_selector,
  r.project_ids::text[], r.environment_ids::text[], r.namespaces, r.life_minutes, r.enabled, r.created_at, r.last_used_at,
  a.name AS service_account_name, a.project_id AS service_account_project_id,
  a.disabled_at IS NOT NULL AS service_account_disabled
  FROM identity_trust_rule r JOIN identity_service_account a ON a.id = r.service_account_id`;

const filtered = `($1::text IS NULL OR position(lower($1) in lower(r.name || ' ' || r.issuer || ' ' || a.name)) > 0)
  AND ($2::uuid[] IS NULL OR r.service_account_id = ANY($2::uuid[]))`;

/** Which CI jobs are trusted, and what was exchanged. */
export function createTrustRulesStore({ pool }: Database) {
  return {
    async page(filter: TrustRuleFilter, after: string | undefined, limit: number): Promise<TrustRuleRow[]> {
      const result = await pool.query<TrustRuleRow>(
        `${select} WHERE ${filtered} AND ($3::text IS NULL OR r.name > $3) ORDER BY r.name LIMIT ${limit}`,
        [...filterValues(filter), after ?? null],
      );
      return result.rows;
    },

    async count(filter: TrustRuleFilter): Promise<number> {
      const result = await pool.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM identity_trust_rule r
         JOIN identity_service_account a ON a.id = r.service_account_id WHERE ${filtered}`,
        filterValues(filter),
      );
      return result.rows[0]?.n ?? 0;
    },

    async findById(on: Queryable, id: string): Promise<TrustRuleRow | undefined> {
      const result = await on.query<TrustRuleRow>(`${select} WHERE r.id = $1`, [id]);
      return result.rows[0];
    },

    /** Enabled rules of an issuer, oldest first. */
    async ofIssuer(issuer: string): Promise<TrustRuleRow[]> {
      const result = await pool.query<TrustRuleRow>(`${select} WHERE r.issuer = $1 AND r.enabled ORDER BY r.id`, [
        issuer,
      ]);
      return result.rows;
    },

    async save(
      tx: Transaction,
      id: string,
      rule: TrustRuleInput,
    ): Promise<'saved' | 'name_taken' | 'unknown_service_account'> {
      const limits = toStoredLimits(rule);
      try {
        await tx.query(
          `INSERT INTO identity_trust_rule (id, name, issuer, ca_pem, gitlab_project_id, ref_type, ref, environment,
             allow_merge_requests, service_account_id, permissions, cluster_ids, cluster_selector, project_ids,
             environment_ids, namespaces, life_minutes, enabled)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::uuid[], $13::jsonb, $14::uuid[], $15::uuid[], $16, $17, $18)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, issuer = excluded.issuer, ca_pem = excluded.ca_pem,
             gitlab_project_id = excluded.gitlab_project_id, ref_type = excluded.ref_type, ref = excluded.ref,
             environment = excluded.environment, allow_merge_requests = excluded.allow_merge_requests,
             service_account_id = excluded.service_account_id, permissions = excluded.permissions,
             cluster_ids = excluded.cluster_ids, cluster_selector = excluded.cluster_selector,
             project_ids = excluded.project_ids, environment_ids = excluded.environment_ids,
             namespaces = excluded.namespaces, life_minutes = excluded.life_minutes, enabled = excluded.enabled`,
          [
            id,
            rule.name,
            rule.issuer,
            rule.caPem ?? null,
            rule.gitlabProjectId,
            rule.refType,
            rule.ref,
            rule.environment ?? null,
            rule.allowMergeRequests,
            toUuid(rule.serviceAccountId),
            limits.permissions,
            limits.cluster_ids,
            limits.cluster_selector === null ? null : JSON.stringify(limits.cluster_selector),
            limits.project_ids,
            limits.environment_ids,
            limits.namespaces,
            rule.lifeMinutes,
            rule.enabled,
          ],
        );
        return 'saved';
      } catch (error) {
        if (sqlState(error) === '23505') return 'name_taken';
        if (sqlState(error) === '23503') return 'unknown_service_account';
        throw error;
      }
    },

    /** Tokens exchanged under it go with it. */
    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM identity_trust_rule WHERE id = $1', [id]);
    },

    /** What a changed rule gave before no longer holds. */
    async revokeExchanged(tx: Transaction, ruleId: string): Promise<void> {
      await tx.query('UPDATE identity_token SET revoked_at = now() WHERE trust_rule_id = $1 AND revoked_at IS NULL', [
        ruleId,
      ]);
    },

    async used(tx: Transaction, id: string): Promise<void> {
      await tx.query('UPDATE identity_trust_rule SET last_used_at = now() WHERE id = $1', [id]);
    },

    /** The database's clock, against which identity tokens are judged. */
    async now(): Promise<Date> {
      const result = await pool.query<{ now: Date }>('SELECT now() AS now');
      return result.rows[0]?.now ?? new Date();
    },

    /**
     * Takes an identity token for this call. `first`: it was never used; the id of the earlier token when the same
     * call comes again with the same Idempotency-Key; `used` otherwise.
     */
    async take(
      tx: Transaction,
      use: { jtiHash: Buffer; idempotencyKey: string | undefined; tokenId: string; expiresAt: Date },
    ): Promise<'first' | 'used' | { earlierTokenId: string }> {
      const inserted = await tx.query(
        `INSERT INTO identity_exchange (jti_hash, idempotency_key, token_id, expires_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING token_id`,
        [use.jtiHash, use.idempotencyKey ?? null, use.tokenId, use.expiresAt],
      );
      if (inserted.rows.length > 0) return 'first';
      const found = await tx.query<{ token_id: string }>(
        'SELECT token_id FROM identity_exchange WHERE jti_hash = $1 AND idempotency_key = $2 FOR UPDATE',
        [use.jtiHash, use.idempotencyKey ?? null],
      );
      const earlier = found.rows[0];
      if (earlier === undefined) return 'used';
      await tx.query('UPDATE identity_exchange SET token_id = $2 WHERE jti_hash = $1', [use.jtiHash, use.tokenId]);
      return { earlierTokenId: earlier.token_id };
    },

    /** Used identity tokens that have expired on their own. */
    async sweep(): Promise<void> {
      await pool.query("DELETE FROM identity_exchange WHERE expires_at < now() - interval '10 minutes'");
    },
  };
}

function filterValues({ q, serviceAccountIds }: TrustRuleFilter): unknown[] {
  return [q === undefined || q === '' ? null : q, serviceAccountIds?.map(toUuid) ?? null];
}
