import type { Permission, ScopeKind } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import { AppError, conflict, notFound } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Actor } from '../../platform/principal.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { Authorization } from './authorize.ts';
import type { GrantingRules } from './granting-rules.ts';
import type { RoleRecord, RolesStore } from './roles.store.ts';
import { builtInRoles } from './roles.ts';

export type RoleInput = {
  name: string;
  description: string;
  permissions: readonly Permission[];
  scopes: readonly ScopeKind[];
};

export interface Roles {
  /** Built-in ones first, in the order of their table. */
  list(): Promise<RoleRecord[]>;
  create(actor: Actor, input: RoleInput): Promise<RoleRecord>;
  update(actor: Actor, id: string, input: RoleInput): Promise<RoleRecord>;
  remove(actor: Actor, id: string): Promise<void>;
}

/** Custom roles: never more than their editor holds for the whole fleet, and never the editor's own. */
export function createRoles(deps: {
  database: Database;
  store: RolesStore;
  rules: GrantingRules;
  authorization: Authorization;
}): Roles {
  const { database, store, rules, authorization } = deps;
  const options = { permission: 'access:roles', target: 'fleet' } as const;

  async function lockCustom(tx: Transaction, id: string): Promise<RoleRecord> {
    await store.lock(tx, id);
    const role = await store.find(tx, id);
    if (role === undefined || role.builtIn) throw notFound('This role');
    return role;
  }

  async function find(id: string): Promise<RoleRecord> {
    const role = await store.find(database.pool, id);
    if (role === undefined) throw notFound('This role');
    return role;
  }

  return {
    async list() {
      const order = builtInRoles.map((role) => role.id);
      const place = (role: RoleRecord) => (role.builtIn ? order.indexOf(role.id) : order.length);
      return (await store.list()).sort((a, b) => place(a) - place(b));
    },

    async create(actor, input) {
      const id = newId('rol');
      await authorization.mutate({ actor, ...options }, async (tx) => {
        await rules.mayHandOn(tx, actor.principal, input.permissions, { kind: 'fleet' });
        if (!(await store.insert(tx, { id, ...input }))) throw nameTaken(input.name);
        return { value: undefined, audit: [record(id, input, undefined)] };
      });
      return find(id);
    },

    async update(actor, id, input) {
      await authorization.mutate({ actor, ...options }, async (tx) => {
        const before = await lockCustom(tx, id);
        const gained = input.permissions.filter((permission) => !before.permissions.includes(permission));
        const { principal } = actor;
        if (gained.length > 0 && principal.kind !== 'system' && (await store.isHeldBy(tx, id, principal.subjects))) {
          throw new AppError('self_grant', 403, 'You hold this role yourself. Ask somebody else to widen it.');
        }
        await rules.mayHandOn(tx, principal, input.permissions, { kind: 'fleet' });
        const dropped = (await store.scopesInUse(tx, id)).filter((kind) => !input.scopes.includes(kind));
        if (dropped.length > 0) {
          throw conflict(
            'role_scope_in_use',
            `There are grants of this role at ${dropped.join(', ')}. Revoke them first.`,
            [{ pointer: '/scopes', code: 'role_scope_in_use', detail: `used at ${dropped.join(', ')}` }],
          );
        }
        if (!(await store.update(tx, { id, ...input }))) throw nameTaken(input.name);
        return { value: undefined, audit: [record(id, input, before)] };
      });
      return find(id);
    },

    async remove(actor, id) {
      await authorization.mutate({ actor, ...options }, async (tx) => {
        const before = await lockCustom(tx, id);
        if (before.grants > 0) {
          throw conflict('role_in_use', `${before.grants} grants use ${before.name}. Revoke them first.`);
        }
        await store.remove(tx, id);
        return {
          value: undefined,
          audit: [{ ...record(id, before, before), changes: [{ path: 'removed', after: true }] }],
        };
      });
    },
  };
}

function nameTaken(name: string): AppError {
  return conflict('role_exists', `There is a role ${name} already. Take another name.`, [
    { pointer: '/name', code: 'role_exists', detail: `${name} exists` },
  ]);
}

function record(id: string, after: RoleInput, before: RoleRecord | undefined): AuditEntry {
  return {
    action: 'access:roles',
    target: { kind: 'role', id, name: after.name },
    changes: (['name', 'description', 'permissions', 'scopes'] as const).map((path) => ({
      path,
      ...(before === undefined ? {} : { before: before[path] }),
      after: after[path],
    })),
  };
}
