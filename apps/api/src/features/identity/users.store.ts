import type { Database, Transaction } from '@quarterdeck/database';

export type UserRow = {
  id: string;
  name: string;
  display_name: string;
  email: string | null;
  password_hash: string | null;
  disabled_at: Date | null;
  created_at: Date;
};

export type UsersStore = ReturnType<typeof createUsersStore>;

/** Accounts of people. */
export function createUsersStore({ pool }: Database) {
  return {
    async insertUser(
      tx: Transaction,
      user: { id: string; name: string; displayName: string; passwordHash: string },
    ): Promise<UserRow> {
      const result = await tx.query(
        'INSERT INTO identity_user (id, name, display_name, password_hash) VALUES ($1, $2, $3, $4) RETURNING *',
        [user.id, user.name, user.displayName, user.passwordHash],
      );
      return result.rows[0] as UserRow;
    },

    async findUserByName(name: string): Promise<UserRow | undefined> {
      const result = await pool.query<UserRow>('SELECT * FROM identity_user WHERE name = $1', [name]);
      return result.rows[0];
    },
  };
}
