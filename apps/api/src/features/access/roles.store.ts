import type { Permission, ScopeKind } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import type { BuiltInRole } from './roles.ts';

export type RoleRecord = {
  id: string;
  name: string;
  description: string;
  builtIn: boolean;
  scopes: readonly ScopeKind[];
  permissions: readonly Permission[];
  grants: number;
  createdAt: Date;
};

type Row = {
  id: string;
  name: string;
  description: string;
  built_in: boolean;
  scopes: ScopeKind[];
  permissions: Permission[] | null;
  grants: number;
  created_at: Date;
};

const select = `SELECT r.*, (SELECT count(*)::int FROM access_grants g WHERE g.role_id = r.id) AS grants,
    (SELECT array_agg(p.permission) FROM access_role_permissions p WHERE p.role_id = r.id) AS permissions
  FROM access_roles r`;

export type RolesStore = ReturnType<typeof createRolesStore>;

/** Roles and what they permit. */
export function createRolesStore({ pool }: Database) {
  async function putPermissions(tx: Transaction, id: string, permissions: readonly Permission[]): Promise<void> {
    await tx.query('DELETE FROM access_role_permissions WHERE role_id = $1 AND permission <> ALL($2::text[])', [
      id,
      permissions,
    ]);
    await tx.query(
      `INSERT INTO access_role_permissions (role_id, permission) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING`,
      [id, permissions],
    );
  }

  return {
    async list(on: Queryable = pool): Promise<RoleRecord[]> {
      const result = await on.query<Row>(`${select} ORDER BY r.built_in DESC, r.created_at, r.name`);
      return result.rows.map(toRole);
    },

    async find(on: Queryable, id: string): Promise<RoleRecord | undefined> {
      const result = await on.query<Row>(`${select} WHERE r.id = $1`, [id]);
      return result.rows.map(toRole)[0];
    },

    /** Writes the built-in roles as this version defines them. */
    async putBuiltIn(tx: Transaction, roles: readonly BuiltInRole[]): Promise<void> {
      for (const role of roles) {
        await tx.query(
          `INSERT INTO access_roles AS r (id, built_in, name, description, scopes) VALUES ($1, true, $2, $3, $4::text[])
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description, scopes = excluded.scopes
           WHERE (r.name, r.description, r.scopes) IS DISTINCT FROM (excluded.name, excluded.description, excluded.scopes)`,
          [role.id, role.name, role.description, role.scopes],
        );
        await putPermissions(tx, role.id, role.permissions);
      }
    },

    /** False when another role has the name. */
    async insert(
      tx: Transaction,
      role: Pick<RoleRecord, 'id' | 'name' | 'description' | 'scopes' | 'permissions'>,
    ): Promise<boolean> {
      const result = await tx.query(
        `INSERT INTO access_roles (id, built_in, name, description, scopes) VALUES ($1, false, $2, $3, $4::text[])
         ON CONFLICT (name) DO NOTHING RETURNING id`,
        [role.id, role.name, role.description, role.scopes],
      );
      if (result.rows.length === 0) return false;
      await putPermissions(tx, role.id, role.permissions);
      return true;
    },

    /** False when another role has the name. */
    async update(
      tx: Transaction,
      role: Pick<RoleRecord, 'id' | 'name' | 'description' | 'scopes' | 'permissions'>,
    ): Promise<boolean> {
      const taken = await tx.query('SELECT FROM access_roles WHERE name = $2 AND id <> $1', [role.id, role.name]);
      if (taken.rowCount !== 0) return false;
      await tx.query('UPDATE access_roles SET name = $2, description = $3, scopes = $4::text[] WHERE id = $1', [
        role.id,
        role.name,
        role.description,
        role.scopes,
      ]);
      await putPermissions(tx, role.id, role.permissions);
      return true;
    },

    /** Locks the role, so that no grant of it is made meanwhile. */
    async lock(tx: Transaction, id: string): Promise<void> {
      await tx.query('SELECT FROM access_roles WHERE id = $1 FOR UPDATE', [id]);
    },

    async remove(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM access_roles WHERE id = $1', [id]);
    },

    /** Scope kinds at which grants of the role hold. */
    async scopesInUse(tx: Transaction, id: string): Promise<ScopeKind[]> {
      const result = await tx.query<{ scope_kind: ScopeKind }>(
        'SELECT DISTINCT scope_kind FROM access_grants WHERE role_id = $1',
        [id],
      );
      return result.rows.map((row) => row.scope_kind);
    },

    async isHeldBy(tx: Transaction, id: string, subjects: readonly string[]): Promise<boolean> {
      const result = await tx.query(
        `SELECT FROM access_grants WHERE role_id = $1 AND subject_id = ANY($2::uuid[])
           AND (expires_at IS NULL OR expires_at > now()) LIMIT 1`,
        [id, subjects],
      );
      return result.rowCount !== 0;
    },
  };
}

function toRole(row: Row): RoleRecord {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    builtIn: row.built_in,
    scopes: row.scopes,
    permissions: row.permissions ?? [],
    grants: row.grants,
    createdAt: row.created_at,
  };
}
