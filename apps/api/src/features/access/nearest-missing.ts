import type { missingPieces, Permission } from '@quarterdeck/contracts';
import { toUuid } from '../../platform/ids.ts';
import { timeText } from '../../platform/time-text.ts';
import { targetOfScope } from './granting-rules.ts';
import type { GrantRecord } from './grants.store.ts';
import { matchesSelector } from './rights.ts';
import type { RoleRecord } from './roles.store.ts';
import { outlivesArchive, type ResolvedTarget, resolve, type Terrain } from './terrain.ts';

export type Missing = { piece: (typeof missingPieces)[number]; detail: string; grants: GrantRecord[] };

/** Which piece is missing where a check says no; the nearest first, as that is the one to mend. */
export function nearestMissing(asked: {
  permission: Permission;
  place: ResolvedTarget | 'fleet';
  terrain: Terrain;
  records: readonly GrantRecord[];
  roles: readonly RoleRecord[];
  disabled: boolean;
}): Missing {
  const { permission, place, terrain, records, roles } = asked;
  const hasIt = (grant: GrantRecord) =>
    roles.find((role) => role.id === grant.roleId)?.permissions.includes(permission) === true;
  if (asked.disabled) return { piece: 'account_disabled', detail: 'the account is disabled.', grants: [] };
  if (place !== 'fleet' && place.project !== undefined && terrain.projects.get(place.project)?.archived === true) {
    if (!outlivesArchive(permission)) {
      return { piece: 'project_archived', detail: 'the project is archived and can only be read.', grants: [] };
    }
  }
  const there = records.filter((grant) => covers(grant, place, terrain));
  const ended = there.filter((grant) => grant.expired && hasIt(grant));
  if (ended.length > 0) {
    const [{ expiresAt } = {}] = ended;
    const when = expiresAt === undefined ? '' : ` ${timeText(expiresAt)}`;
    return { piece: 'expired', detail: `its grant ended${when}.`, grants: ended };
  }
  const live = there.filter((grant) => !grant.expired);
  if (live.length > 0) {
    const held = [...new Set(live.map((grant) => grant.role))].join(', ');
    return { piece: 'role_lacks_permission', detail: `it holds ${held} there, without ${permission}.`, grants: live };
  }
  const elsewhere = records.filter((grant) => !grant.expired && hasIt(grant));
  if (place !== 'fleet' && place.namespace !== undefined && place.project === undefined && elsewhere.length > 0) {
    return {
      piece: 'namespace_unowned',
      detail: `no environment's rules take namespace ${place.namespace} in this cluster, so grants of projects do not reach it.`,
      grants: elsewhere,
    };
  }
  if (elsewhere.length > 0) {
    const places = elsewhere.map((grant) => grant.scopeName).slice(0, 5);
    return { piece: 'other_scope', detail: `it holds ${permission} at ${places.join(', ')} only.`, grants: elsewhere };
  }
  const anything = records.filter((grant) => !grant.expired);
  if (anything.length === 0) {
    return { piece: 'no_grants', detail: 'nothing is granted to them or to a group of theirs.', grants: [] };
  }
  return {
    piece: 'role_lacks_permission',
    detail: `none of its roles has ${permission}.`,
    grants: anything.slice(0, 5),
  };
}

function covers(grant: GrantRecord, place: ResolvedTarget | 'fleet', terrain: Terrain): boolean {
  const { scope } = grant;
  if (scope.kind === 'fleet') return true;
  if (place === 'fleet') return false;
  if (scope.kind === 'set') return place.labels !== undefined && matchesSelector(place.labels, scope.selector);
  if (scope.kind === 'cluster') return place.cluster === toUuid(scope.id);
  const own = resolve(terrain, targetOfScope(scope));
  return scope.kind === 'project'
    ? own?.project !== undefined && own.project === place.project
    : own?.environment !== undefined && own.environment === place.environment;
}
