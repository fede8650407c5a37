import { type Database, type Queryable, sqlState, type Transaction } from '@quarterdeck/database';

export type ProviderRow = {
  id: string;
  name: string;
  issuer: string;
  client_id: string;
  sealed_secret: Buffer;
  scopes: string[];
  groups_claim: string | null;
  ca_pem: string | null;
  signing_algorithm: string;
  enabled: boolean;
  created_at: Date;
  updated_at: Date;
};

/** What is set of a provider; `null` empties, what is left out stays. */
export type ProviderChange = {
  name?: string | undefined;
  clientId?: string | undefined;
  sealedSecret?: Uint8Array | undefined;
  scopes?: readonly string[] | undefined;
  groupsClaim?: string | null | undefined;
  caPem?: string | null | undefined;
  signingAlgorithm?: string | undefined;
  enabled?: boolean | undefined;
};

export type NewProvider = Required<Omit<ProviderChange, 'sealedSecret'>> & {
  id: string;
  issuer: string;
  sealedSecret: Uint8Array;
};

/** A unique value that another provider has. */
export type TakenField = 'id' | 'name' | 'issuer';

export type ProvidersStore = ReturnType<typeof createProvidersStore>;

/** OIDC providers. */
export function createProvidersStore({ pool }: Database) {
  return {
    async isAnyEnabled(): Promise<boolean> {
      return (await pool.query('SELECT FROM identity_provider WHERE enabled LIMIT 1')).rowCount !== 0;
    },

    async list(): Promise<(ProviderRow & { people: number })[]> {
      const result = await pool.query<ProviderRow & { people: number }>(
        `SELECT p.*, (SELECT count(*)::int FROM identity_user u WHERE u.provider_id = p.id) AS people
         FROM identity_provider p ORDER BY p.name`,
      );
      return result.rows;
    },

    async listEnabled(): Promise<{ id: string; name: string }[]> {
      const result = await pool.query<{ id: string; name: string }>(
        'SELECT id, name FROM identity_provider WHERE enabled ORDER BY name',
      );
      return result.rows;
    },

    async find(on: Queryable, id: string): Promise<ProviderRow | undefined> {
      const result = await on.query<ProviderRow>('SELECT * FROM identity_provider WHERE id = $1', [id]);
      return result.rows[0];
    },

    /** Which unique value is taken, if one is. */
    async insert(tx: Transaction, provider: NewProvider): Promise<TakenField | undefined> {
      return unlessTaken(() =>
        tx.query(
          `INSERT INTO identity_provider
             (id, name, issuer, client_id, sealed_secret, scopes, groups_claim, ca_pem, signing_algorithm, enabled)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [
            provider.id,
            provider.name,
            provider.issuer,
            provider.clientId,
            Buffer.from(provider.sealedSecret),
            provider.scopes,
            provider.groupsClaim ?? null,
            provider.caPem ?? null,
            provider.signingAlgorithm,
            provider.enabled,
          ],
        ),
      );
    },

    async update(tx: Transaction, id: string, change: ProviderChange): Promise<TakenField | undefined> {
      return unlessTaken(() =>
        tx.query(
          `UPDATE identity_provider SET name = coalesce($2, name), client_id = coalesce($3, client_id),
             sealed_secret = coalesce($4, sealed_secret), scopes = coalesce($5, scopes),
             groups_claim = CASE WHEN $6 THEN $7 ELSE groups_claim END, ca_pem = CASE WHEN $8 THEN $9 ELSE ca_pem END,
             signing_algorithm = coalesce($10, signing_algorithm), enabled = coalesce($11, enabled), updated_at = now()
           WHERE id = $1`,
          [
            id,
            change.name ?? null,
            change.clientId ?? null,
            change.sealedSecret === undefined ? null : Buffer.from(change.sealedSecret),
            change.scopes ?? null,
            change.groupsClaim !== undefined,
            change.groupsClaim ?? null,
            change.caPem !== undefined,
            change.caPem ?? null,
            change.signingAlgorithm ?? null,
            change.enabled ?? null,
          ],
        ),
      );
    },

    /** Groups that only this provider names. */
    async groupsOf(tx: Queryable, id: string): Promise<string[]> {
      const result = await tx.query<{ id: string }>('SELECT id FROM identity_group WHERE provider_id = $1', [id]);
      return result.rows.map((row) => row.id);
    },

    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM identity_provider WHERE id = $1', [id]);
    },
  };
}

async function unlessTaken(write: () => Promise<unknown>): Promise<TakenField | undefined> {
  try {
    await write();
    return undefined;
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    const constraint = error instanceof Error && 'constraint' in error ? String(error.constraint) : '';
    if (constraint.endsWith('_pkey')) return 'id';
    return constraint.includes('issuer') ? 'issuer' : 'name';
  }
}
