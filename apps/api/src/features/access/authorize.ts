import type { Permission } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import { type AppError, forbidden, notFound } from '../../platform/errors.ts';
import type { Authorizer, CheckedTarget, CheckOptions } from '../../platform/http/ports.ts';
import { fromUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, Actor, PermissionTarget, Principal } from '../../platform/principal.ts';
import type { Audit, AuditEntry, AuditTarget } from '../audit/index.ts';
import type { GrantUse } from './grant-use.ts';
import type { RightsStore } from './rights.store.ts';
import { decide } from './rights.ts';
import type { RightsCache } from './rights-cache.ts';
import { type VisibleScope, visibleScopeOf } from './scope.ts';
import { outlivesArchive, resolve } from './terrain.ts';
import { limitsAllow, limitsOf } from './token-limits.ts';

export interface Authorization extends Authorizer {
  /** True when the principal holds the permission there, by this process's copy of the grants: for reads. */
  may(principal: Principal, permission: Permission, target: CheckedTarget): Promise<boolean>;
  /** As `may`, by the rows that the transaction sees, with the deciding grant locked. */
  mayNow(tx: Transaction, principal: Principal, permission: Permission, target: CheckedTarget): Promise<boolean>;
  /** Where the principal holds the permission: what a list, count, search or live view narrows by. */
  visibleScope(principal: Principal, permission: Permission): Promise<VisibleScope>;
  /** For rows that only belong to projects: ids of those where the permission is held, or all of them. */
  visibleProjects(principal: Principal, permission: Permission): Promise<readonly string[] | 'all'>;
  /**
   * The permission by the rows of this transaction, with the deciding grant locked: a revocation waits or wins.
   * @throws AppError 403, 404
   */
  require(tx: Transaction, actor: Actor, permission: Permission, target: CheckedTarget): Promise<void>;
  /**
   * A change: the permission is checked in its own transaction, the work runs, and the audit records are the last
   * statement. No record, no change. The deciding grant and the place are held until then: a revocation, an archived
   * project, a namespace that changes hands waits for the change or wins over it.
   * @param options `alone`: the change is of the place itself, so nobody else may rely on it meanwhile
   */
  mutate<T>(
    options: { actor: Actor; permission: Permission; target: CheckedTarget; alone?: true },
    work: (tx: Transaction) => Promise<{ value: T; audit: readonly AuditEntry[] }>,
  ): Promise<T>;
}

export type AuthorizationDeps = {
  database: Database;
  store: RightsStore;
  cache: RightsCache;
  use: GrantUse;
  audit: Audit;
};

/** The one place that decides. Deny by default: unknown, error and timeout are no. */
export function createAuthorization(deps: AuthorizationDeps): Authorization {
  const { database, store, cache, use, audit } = deps;

  async function may(
    principal: Principal,
    permission: Permission,
    target: CheckedTarget,
    clusterIsNamed = false,
  ): Promise<boolean> {
    if (principal.kind === 'system') return principal.permissions.includes(permission);
    if (isList(target)) return all(target, (one) => may(principal, permission, one, target.some(namesCluster)));
    const limits = limitsOf(principal);
    if (target === 'self' || permission === 'identity:self') {
      return permission === 'identity:self' && (limits === undefined || limits.permissions.has(permission));
    }
    const [rights, terrain] = await Promise.all([cache.of(principal), cache.terrain()]);
    const place = typeof target === 'string' ? target : resolve(terrain, target);
    if (place === undefined) return false;
    const allowed = limitsAllow(limits, permission, place, clusterIsNamed);
    const grant = allowed ? decide(rights, terrain, permission, place) : undefined;
    if (grant !== undefined) {
      use.note(grant.id);
      return true;
    }
    return permission === 'clusters:read' && typeof place === 'object' && place.project === undefined
      ? seesPartOf(principal, place.cluster)
      : false;
  }

  /** Whoever has a namespace in a cluster may know that it exists, and how it is. */
  async function seesPartOf(principal: Principal, cluster: string | undefined): Promise<boolean> {
    const { namespaces } = await visibleScope(principal, 'clusters:read');
    return namespaces.some((place) => place.cluster === cluster);
  }

  async function visibleScope(principal: Principal, permission: Permission): Promise<VisibleScope> {
    if (principal.kind === 'system') {
      const fleet = principal.permissions.includes(permission);
      return { fleet, clusters: [], projects: [], environments: [], namespaces: [] };
    }
    const [rights, terrain] = await Promise.all([cache.of(principal), cache.terrain()]);
    return visibleScopeOf(rights, terrain, limitsOf(principal), permission);
  }

  /** As `may`, by the rows that the transaction sees. */
  async function mayNow(
    tx: Transaction,
    principal: Principal,
    permission: Permission,
    target: CheckedTarget,
    options: { hold: 'share' | 'alone'; clusterIsNamed?: boolean } = { hold: 'share' },
  ): Promise<boolean> {
    if (principal.kind === 'system') return principal.permissions.includes(permission);
    if (isList(target)) {
      const clusterIsNamed = target.some(namesCluster);
      return all(target, (one) => mayNow(tx, principal, permission, one, { ...options, clusterIsNamed }));
    }
    if (target === 'self' || permission === 'identity:self') return may(principal, permission, target);
    return mayOnRows(tx, principal, permission, target, options);
  }

  async function mayOnRows(
    tx: Transaction,
    principal: AccountPrincipal,
    permission: Permission,
    target: 'any' | 'fleet' | PermissionTarget,
    { hold, clusterIsNamed }: { hold: 'share' | 'alone'; clusterIsNamed?: boolean },
  ): Promise<boolean> {
    const place = typeof target === 'string' ? target : await store.resolve(tx, target, hold);
    if (place === undefined) return false;
    if (typeof place === 'object' && place.isArchived && !outlivesArchive(permission)) return false;
    if (!limitsAllow(limitsOf(principal), permission, place, clusterIsNamed)) return false;
    const grant = await store.deciding(tx, principal.subjects, permission, place);
    if (grant === undefined) return false;
    use.note(grant);
    return true;
  }

  /** 404 unless the object may be read: a stranger must not learn which ids exist. */
  async function refusal(
    permission: Permission,
    target: CheckedTarget,
    holds: (permission: Permission) => Promise<boolean>,
  ): Promise<AppError> {
    if (typeof target === 'string')
      return forbidden(permission, target === 'any' ? 'somewhere' : 'for the whole fleet');
    return (await holds(readOf(permission))) ? forbidden(permission, 'on this object') : notFound();
  }

  async function refuse(
    actor: Actor,
    permission: Permission,
    target: CheckedTarget,
    options?: CheckOptions,
  ): Promise<never> {
    const error = await refusal(
      permission,
      target,
      async (read) => options?.isKnown === true || (await may(actor.principal, read, target)),
    );
    await audit.recordDenial(actor, {
      action: permission,
      outcome: 'denied',
      code: error.code,
      target: deniedTarget(target),
    });
    throw error;
  }

  return {
    may: (principal, permission, target) => may(principal, permission, target),
    mayNow: (tx, principal, permission, target) => mayNow(tx, principal, permission, target),
    visibleScope,
    async visibleProjects(principal, permission) {
      const { fleet, projects } = await visibleScope(principal, permission);
      return fleet ? 'all' : projects.map((uuid) => fromUuid('prj', uuid));
    },
    async check(actor, permission, target, options) {
      if (!(await may(actor.principal, permission, target))) await refuse(actor, permission, target, options);
    },
    async require(tx, actor, permission, target) {
      if (!(await mayNow(tx, actor.principal, permission, target))) {
        // By the transaction, too: what the process remembers may have to be read first, on a second connection.
        throw await refusal(permission, target, (read) => mayNow(tx, actor.principal, read, target));
      }
    },
    async mutate({ actor, permission, target, alone }, work) {
      const hold = alone === true ? 'alone' : 'share';
      const value = await database.transaction(async (tx) => {
        if (!(await mayNow(tx, actor.principal, permission, target, { hold }))) {
          throw forbidden(permission, 'at the time of the change');
        }
        const { value: result, audit: entries } = await work(tx);
        if (entries.length === 0) throw new Error('A change must leave an audit record.');
        await audit.write(tx, actor, entries);
        return result;
      });
      // Others hear of it by NOTIFY; this process answers its next question by the new rows already, and
      // reads again only what has changed.
      if (changesRights(permission)) cache.doubt();
      return value;
    },
  };
}

function isList(target: CheckedTarget): target is readonly PermissionTarget[] {
  return Array.isArray(target);
}

/** What is done in an environment is done in its clusters: a list names both. */
function namesCluster(target: PermissionTarget): boolean {
  return target.clusterId !== undefined;
}

/** Nothing to check is no permission. */
async function all<T>(items: readonly T[], holds: (item: T) => Promise<boolean>): Promise<boolean> {
  for (const item of items) if (!(await holds(item))) return false;
  return items.length > 0;
}

/** What was asked for: its id in the words of the request, since nothing may be looked up for a stranger. */
function deniedTarget(target: CheckedTarget): AuditTarget {
  if (typeof target === 'string') return { kind: 'permission', id: target };
  const { clusterId, namespace, projectId, environmentId } = (isList(target) ? target[0] : target) ?? {};
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

function changesRights(permission: Permission): boolean {
  return /^(access|identity|clusters|applications):/.test(permission);
}

const readPermissions: Partial<Record<string, Permission>> = {
  metrics: 'metrics:query',
  logs: 'logs:query',
};

/** The permission to look at an object of this feature. */
export function readOf(permission: Permission): Permission {
  const feature = permission.split(':', 1)[0] ?? '';
  return readPermissions[feature] ?? (`${feature}:read` as Permission);
}
