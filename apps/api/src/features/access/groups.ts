import { highestRung, type Permission, type Rung, rungs } from '@quarterdeck/contracts';
import { toUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, Principal } from '../../platform/principal.ts';
import { covering, type HeldGrant, type Rights } from './rights.ts';
import type { RightsCache } from './rights-cache.ts';
import { resolve, type Terrain } from './terrain.ts';
import { type Limits, limitsOf, limitsReach, narrowsTenant } from './token-limits.ts';

/** `p` and at least three digits, as the onboarding manifest lists them: `quarterdeck:p007:deployers`. */
export function projectGroup(projectNumber: number, rung: Rung): string {
  return `quarterdeck:p${String(projectNumber).padStart(3, '0')}:${rung}`;
}

export type GroupsFor = (principal: Principal, clusterId: string, namespace?: string) => Promise<string[]>;

/** The user that people go as in member clusters; who it is stands in uid and extra. */
export const personUser = 'quarterdeck:person';

/** Who somebody is in a cluster: the user, the groups, and those of the namespaces where they carry others. */
export type GroupsOver = {
  readonly user: string;
  readonly base: readonly string[];
  readonly places: ReadonlyMap<string, readonly string[]>;
};

export type UserFor = (principal: Principal, clusterId: string) => Promise<string>;

/** Names that Kubernetes or we keep for ourselves, and what a header cannot carry as it is. */
const reservedUser = /^(system|quarterdeck):|^\s|\s$|\p{Cc}/u;

/**
 * The user that somebody is in a member cluster: the shared one, or with the profile `named` the account's own name. A
 * service account, and a name that is kept for others, is the shared one there, too.
 */
export function createUserFor(cache: RightsCache): UserFor {
  return async function userFor(principal, clusterId) {
    return userIn(await cache.terrain(), principal, clusterId);
  };
}

function userIn(terrain: Terrain, principal: Principal, clusterId: string): string {
  const isNamed = principal.kind === 'user' && terrain.named.has(toUuid(clusterId));
  return isNamed && principal.name !== '' && !reservedUser.test(principal.name) ? principal.name : personUser;
}

/**
 * Groups that a person carries into a member cluster, so that the cluster's own RBAC decides too:
 * `quarterdeck:members`, the highest rung of the covering fleet, set and cluster grants, and in a project's namespace
 * the rung of the project's and environment's grants. In a cluster whose profile is `strict` wider grants give the
 * rung of the project in each of its namespaces, and nothing beyond them. A token carries no more than its limits: a read-only one stays a
 * viewer, one limited to projects or namespaces has no rung beyond them. Never empty, never `system:*`.
 */
export function createGroupsFor(cache: RightsCache): GroupsFor {
  return async function groupsFor(principal, clusterId, namespace) {
    if (principal.kind === 'system') {
      if (principal.name === 'worker') return ['quarterdeck:workers'];
      throw new Error(`The built-in actor ${principal.name} has no groups in member clusters.`);
    }
    const [rights, terrain] = await Promise.all([cache.of(principal), cache.terrain()]);
    return groupsAt(rights, terrain, limitsOf(principal), clusterId, namespace);
  };
}

/** `groupsFor` of every namespace at once: what lists over a cluster's rows narrow by. */
export function createGroupsOver(cache: RightsCache) {
  return async function groupsOver(principal: AccountPrincipal, clusterId: string): Promise<GroupsOver> {
    const [rights, terrain] = await Promise.all([cache.of(principal), cache.terrain()]);
    const limits = limitsOf(principal);
    const base = groupsAt(rights, terrain, limits, clusterId, undefined);
    const owned = terrain.namespaces.get(toUuid(clusterId))?.keys() ?? [];
    const places = new Map<string, string[]>();
    for (const namespace of new Set([...owned, ...(limits?.namespaces ?? [])])) {
      const groups = groupsAt(rights, terrain, limits, clusterId, namespace);
      if (groups.join() !== base.join()) places.set(namespace, groups);
    }
    return { user: userIn(terrain, principal, clusterId), base, places };
  };
}

function groupsAt(
  rights: Rights,
  terrain: Terrain,
  limits: Limits | undefined,
  clusterId: string,
  namespace: string | undefined,
): string[] {
  const groups = ['quarterdeck:members'];
  const target = resolve(terrain, { clusterId, ...(namespace === undefined ? {} : { namespace }) });
  if (target === undefined || (limits !== undefined && !limitsReach(limits, target, true))) return groups;
  const held = covering(rights, target);
  const wide = held.filter(({ scope }) => scope.kind !== 'project' && scope.kind !== 'environment');
  const wideRung = rungOfGrants(wide, terrain, limits);
  // Before its first namespace there is ready, a project has no number in a cluster, and no group to carry.
  const number = terrain.numbers.get(target.cluster ?? '')?.get(target.project ?? '');
  const isStrict = terrain.strict.has(target.cluster ?? '');
  if (isStrict || (limits !== undefined && narrowsTenant(limits))) {
    // The token stops at this namespace, or the cluster lets nothing reach further: so does the group, where there is one.
    const rung = rungOfGrants(held, terrain, limits);
    if (rung === undefined || namespace === undefined) return groups;
    if (number !== undefined) groups.push(projectGroup(number, rung));
    else if (target.project === undefined && !isStrict) groups.push(`quarterdeck:${rung}`);
    return groups;
  }
  if (wideRung !== undefined) groups.push(`quarterdeck:${wideRung}`);
  const narrow = held.filter((grant) => !wide.includes(grant));
  const rung = rungOfGrants(narrow, terrain, limits);
  if (number !== undefined && rung !== undefined) groups.push(projectGroup(number, rung));
  return groups;
}

/** The highest rung among the grants' roles, of the permissions that the limits leave. */
function rungOfGrants(grants: readonly HeldGrant[], terrain: Terrain, limits: Limits | undefined): Rung | undefined {
  const found = grants.flatMap((grant) => {
    const held: Iterable<Permission> = terrain.roles.get(grant.roleId) ?? [];
    const left = limits === undefined ? held : [...held].filter((permission) => limits.permissions.has(permission));
    return highestRung(left) ?? [];
  });
  return rungs.findLast((rung) => found.includes(rung));
}
