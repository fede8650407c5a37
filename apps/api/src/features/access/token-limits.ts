import { type Permission, rungOf } from '@quarterdeck/contracts';
import { toUuid } from '../../platform/ids.ts';
import type { Principal, TokenLimits } from '../../platform/principal.ts';
import { matchesSelector } from './rights.ts';
import type { ResolvedTarget } from './terrain.ts';

/** Limits of a token with uuids instead of identifiers. */
export type Limits = {
  permissions: ReadonlySet<Permission>;
  clusters: ReadonlySet<string> | undefined;
  selector: Readonly<Record<string, string>> | undefined;
  projects: ReadonlySet<string> | undefined;
  environments: ReadonlySet<string> | undefined;
  namespaces: ReadonlySet<string> | undefined;
};

const known = new WeakMap<TokenLimits, Limits>();

/** What the credential narrows; `undefined` for a session, which narrows nothing. */
export function limitsOf(principal: Principal): Limits | undefined {
  if (principal.kind === 'system' || principal.credential.kind === 'session') return undefined;
  const { limits } = principal.credential;
  const cached = known.get(limits);
  if (cached !== undefined) return cached;
  const uuids = (ids: readonly string[] | undefined) => (ids === undefined ? undefined : new Set(ids.map(toUuid)));
  const result: Limits = {
    permissions: new Set(limits.permissions),
    clusters: uuids(limits.clusterIds),
    selector: limits.clusterSelector,
    projects: uuids(limits.projectIds),
    environments: uuids(limits.environmentIds),
    namespaces: limits.namespaces === undefined ? undefined : new Set(limits.namespaces),
  };
  known.set(limits, result);
  return result;
}

/** Limited to some place: then nothing at fleet scope. */
export function isPlaceLimited(limits: Limits): boolean {
  return narrowsTenant(limits) || limits.clusters !== undefined || limits.selector !== undefined;
}

/** Limited below a cluster: groups that hold in a whole cluster would be more than the token may. */
export function narrowsTenant(limits: Limits): boolean {
  return limits.projects !== undefined || limits.environments !== undefined || limits.namespaces !== undefined;
}

/**
 * Do the limits leave this? A limit on clusters or namespaces is asked for what the target has; a permission that acts
 * inside a cluster needs the target to say in which, so that a check that forgot it denies.
 * @param clusterIsNamed the clusters are checked beside this target
 */
export function limitsAllow(
  limits: Limits | undefined,
  permission: Permission,
  target: ResolvedTarget | 'any' | 'fleet',
  clusterIsNamed = false,
): boolean {
  if (limits === undefined) return true;
  if (!limits.permissions.has(permission)) return false;
  if (target === 'any') return true;
  if (target === 'fleet' || isNowhere(target)) return !isPlaceLimited(limits);
  return limitsReach(limits, target, rungOf(permission) !== undefined && !clusterIsNamed);
}

/** A target that names no place is something of the fleet. */
function isNowhere(target: ResolvedTarget): boolean {
  return target.cluster === undefined && target.project === undefined && target.environment === undefined;
}

/** Is the place within the limits? `inCluster`: what is done there is done inside a cluster, so it must be named. */
export function limitsReach(limits: Limits, target: ResolvedTarget, inCluster: boolean): boolean {
  return (
    reachesCluster(limits, target, inCluster) &&
    isAmong(limits.projects, target.project) &&
    isAmong(limits.environments, target.environment) &&
    reachesNamespace(limits, target, inCluster)
  );
}

function reachesCluster(limits: Limits, target: ResolvedTarget, inCluster: boolean): boolean {
  if (limits.clusters === undefined && limits.selector === undefined) return true;
  if (target.cluster === undefined) return !inCluster;
  if (limits.clusters?.has(target.cluster) === false) return false;
  return limits.selector === undefined || matchesSelector(target.labels ?? {}, limits.selector);
}

function reachesNamespace(limits: Limits, target: ResolvedTarget, inCluster: boolean): boolean {
  if (limits.namespaces === undefined) return true;
  if (target.namespace === undefined) return !inCluster && target.cluster === undefined;
  return limits.namespaces.has(target.namespace);
}

function isAmong(limit: ReadonlySet<string> | undefined, id: string | undefined): boolean {
  return limit === undefined || (id !== undefined && limit.has(id));
}
