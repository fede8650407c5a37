import { type Database, type Queryable, sqlState, type Transaction } from '@quarterdeck/database';

export type UserRow = {
  id: string;
  name: string;
  display_name: string;
  email: string | null;
  password_hash: string | null;
  disabled_at: Date | null;
  created_at: Date;
  provider_id: string | null;
  issuer: string | null;
  subject: string | null;
  groups_synced_at: Date | null;
  groups_error: string | null;
  last_sign_in_at: Date | null;
};

/** What changes of an account; what is left out stays. */
export type UserChange = {
  name?: string | undefined;
  displayName?: string | undefined;
  email?: string | null | undefined;
  disabled?: boolean | undefined;
};

export type UsersStore = ReturnType<typeof createUsersStore>;

/** Accounts of people. Times are the database's. */
export function createUsersStore({ pool }: Database) {
  return {
    /** `undefined` when the name is taken. */
    async insertUser(
      tx: Transaction,
      user: { id: string; name: string; displayName: string; email?: string | undefined; passwordHash?: string },
    ): Promise<UserRow | undefined> {
      const result = await tx.query<UserRow>(
        `INSERT INTO identity_user (id, name, display_name, email, password_hash) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (name) DO NOTHING RETURNING *`,
        [user.id, user.name, user.displayName, user.email ?? null, user.passwordHash ?? null],
      );
      return result.rows[0];
    },

    /** One row comes back, of nothing where nobody has the name: reading a row takes time, too, and tells nobody then. */
    async findUserByName(name: string, on: Queryable = pool): Promise<UserRow | undefined> {
      const result = await on.query<{ [K in keyof UserRow]: UserRow[K] | null }>(
        'SELECT u.* FROM (SELECT) AS always LEFT JOIN identity_user u ON u.name = $1',
        [name],
      );
      const row = result.rows[0];
      return row === undefined || row.id === null ? undefined : (row as UserRow);
    },

    async findUser(on: Queryable, id: string, lock = false): Promise<UserRow | undefined> {
      const result = await on.query<UserRow>(`SELECT * FROM identity_user WHERE id = $1 ${lock ? 'FOR UPDATE' : ''}`, [
        id,
      ]);
      return result.rows[0];
    },

    /** `undefined` when the new name is taken. */
    async updateUser(tx: Transaction, id: string, change: UserChange): Promise<UserRow | undefined> {
      try {
        const result = await tx.query<UserRow>(
          `UPDATE identity_user SET name = coalesce($2, name), display_name = coalesce($3, display_name),
             email = CASE WHEN $4 THEN $5 ELSE email END,
             disabled_at = CASE WHEN $6::boolean IS NULL THEN disabled_at
               WHEN $6 THEN coalesce(disabled_at, now()) ELSE NULL END
           WHERE id = $1 RETURNING *`,
          [
            id,
            change.name ?? null,
            change.displayName ?? null,
            change.email !== undefined,
            change.email ?? null,
            change.disabled ?? null,
          ],
        );
        return result.rows[0];
      } catch (error) {
        if (sqlState(error) === '23505') return undefined;
        throw error;
      }
    },

    async setPassword(on: Queryable, id: string, passwordHash: string): Promise<void> {
      await on.query('UPDATE identity_user SET password_hash = $2 WHERE id = $1', [id, passwordHash]);
    },

    /** A hash of the same password by newer parameters; not if the password changed meanwhile. */
    async replaceHash(id: string, old: string, passwordHash: string): Promise<void> {
      await pool.query('UPDATE identity_user SET password_hash = $3 WHERE id = $1 AND password_hash = $2', [
        id,
        old,
        passwordHash,
      ]);
    },

    async noteSignIn(tx: Transaction, id: string): Promise<void> {
      await tx.query('UPDATE identity_user SET last_sign_in_at = now() WHERE id = $1', [id]);
    },

    /** The account and its groups: the uuids that grants may name. */
    async subjectsOf(on: Queryable, id: string): Promise<string[]> {
      const result = await on.query<{ id: string }>(
        'SELECT $1::uuid AS id UNION ALL SELECT group_id FROM identity_group_member WHERE user_id = $1',
        [id],
      );
      return result.rows.map((row) => row.id);
    },

    /** Is there an active account besides this one that is among the subjects, itself or by a group? */
    async hasOther(
      tx: Transaction,
      subjects: readonly string[],
      besides: { user?: string; group?: string },
    ): Promise<boolean> {
      const result = await tx.query(
        `SELECT FROM identity_user u WHERE u.disabled_at IS NULL AND u.id IS DISTINCT FROM $2::uuid
           AND (u.id = ANY($1::uuid[]) OR EXISTS (SELECT FROM identity_group_member m
             WHERE m.user_id = u.id AND m.group_id = ANY($1::uuid[]) AND m.group_id IS DISTINCT FROM $3::uuid))
         LIMIT 1`,
        [subjects, besides.user ?? null, besides.group ?? null],
      );
      return result.rows.length > 0;
    },
  };
}
