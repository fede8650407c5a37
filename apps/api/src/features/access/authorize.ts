import type { Permission } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import { type AppError, forbidden, notFound } from '../../platform/errors.ts';
import type { Authorizer, CheckedTarget } from '../../platform/http/ports.ts';
import type { Actor, PermissionTarget, Principal, TokenLimits } from '../../platform/principal.ts';
import type { Audit, AuditEntry, AuditTarget } from '../audit/index.ts';
import type { AccessStore, Queryable } from './access.store.ts';

export interface Authorization extends Authorizer {
  /** True when the principal holds the permission there. Unknown, error, timeout: not allowed. */
  may(
    on: Queryable,
    principal: Principal,
    permission: Permission,
    target: CheckedTarget,
    lock?: boolean,
  ): Promise<boolean>;
  /**
   * A change: the permission is checked in its own transaction (the grant is locked, so a revocation waits or wins),
   * the work runs, and the audit records are the last statement. No record, no change.
   */
  mutate<T>(
    options: { actor: Actor; permission: Permission; target: 'any' | 'fleet' | PermissionTarget },
    work: (tx: Transaction) => Promise<{ value: T; audit: readonly AuditEntry[] }>,
  ): Promise<T>;
}

/** The one place that decides. Deny by default. */
export function createAuthorization(deps: { database: Database; store: AccessStore; audit: Audit }): Authorization {
  const { database, store, audit } = deps;

  async function may(
    on: Queryable,
    principal: Principal,
    permission: Permission,
    target: CheckedTarget,
    lock = false,
  ): Promise<boolean> {
    if (principal.kind === 'system') return principal.permissions.includes(permission);
    if (principal.credential.kind === 'token' && !limitsAllow(principal.credential.limits, permission)) return false;
    if (target === 'self') return permission === 'identity:self';
    if (permission === 'identity:self') return true;
    return store.covers(on, principal.subjects, permission, target, lock);
  }

  /** 404 unless the object may be read: a stranger must not learn which ids exist. */
  async function refusal(actor: Actor, permission: Permission, target: CheckedTarget): Promise<AppError> {
    if (typeof target === 'string') return forbidden(permission, 'for the whole fleet');
    const readable = await may(database.pool, actor.principal, readOf(permission), target);
    return readable ? forbidden(permission, 'on this object') : notFound();
  }

  async function recordDenial(
    actor: Actor,
    permission: Permission,
    target: CheckedTarget,
    error: AppError,
  ): Promise<void> {
    await audit.recordDenial(actor, {
      action: permission,
      outcome: 'denied',
      code: error.code,
      target: deniedTarget(target),
    });
  }

  return {
    may,
    async check(actor, permission, target) {
      if (await may(database.pool, actor.principal, permission, target)) return;
      const error = await refusal(actor, permission, target);
      await recordDenial(actor, permission, target, error);
      throw error;
    },
    async mutate({ actor, permission, target }, work) {
      return database.transaction(async (tx) => {
        if (!(await may(tx, actor.principal, permission, target, true))) {
          throw forbidden(permission, 'at the time of the change');
        }
        const { value, audit: entries } = await work(tx);
        if (entries.length === 0) throw new Error('A change must leave an audit record.');
        await audit.write(tx, actor, entries);
        return value;
      });
    },
  };
}

/** Limits to places are not looked up yet, so a token that has them is refused rather than trusted. */
function limitsAllow(limits: TokenLimits, permission: Permission): boolean {
  const { permissions, ...places } = limits;
  return permissions.includes(permission) && Object.values(places).every((place) => place === undefined);
}

/** What was asked for: its id in the words of the request, since nothing may be looked up for a stranger. */
function deniedTarget(target: CheckedTarget): AuditTarget {
  if (typeof target === 'string') return { kind: 'permission', id: target };
  const { clusterId, namespace, projectId, environmentId } = target;
  const id = environmentId ?? projectId ?? clusterId;
  return {
    kind: 'permission',
    ...(id === undefined ? {} : { id }),
    ...(clusterId === undefined ? {} : { cluster: clusterId }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(projectId === undefined ? {} : { project: projectId }),
    ...(environmentId === undefined ? {} : { environment: environmentId }),
  };
}

function readOf(permission: Permission): Permission {
  return `${permission.split(':', 1)[0]}:read` as Permission;
}
