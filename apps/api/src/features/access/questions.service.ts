import type { AccessTarget, Permission, Subject } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import { invalid, notFound } from '../../platform/errors.ts';
import { toUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, PermissionTarget, Principal } from '../../platform/principal.ts';
import { type Authorization, readOf } from './authorize.ts';
import { type AskCluster, inWords, questionOf } from './cluster-question.ts';
import type { Directory } from './directory.ts';
import { toGrantViews, toSubjectView } from './grant-view.ts';
import type { GrantsStore } from './grants.store.ts';
import { type GroupsFor, personUser, type UserFor } from './groups.ts';
import { nearestMissing } from './nearest-missing.ts';
import { decide } from './rights.ts';
import type { RightsCache } from './rights-cache.ts';
import type { RoleRecord, RolesStore } from './roles.store.ts';
import { type ResolvedTarget, resolve } from './terrain.ts';

const maxGrantors = 5;

export type Questions = ReturnType<typeof createQuestions>;

/** "May I?" and "why can or cannot X do this here?". */
export function createQuestions(deps: {
  database: Database;
  authorization: Authorization;
  cache: RightsCache;
  grants: GrantsStore;
  roles: RolesStore;
  directory: Directory;
  groupsFor: GroupsFor;
  userFor: UserFor;
  ask: AskCluster;
}) {
  const { database, authorization, cache, grants, roles, directory, groupsFor, userFor } = deps;

  return {
    async check(principal: Principal, checks: readonly { permission: Permission; target: AccessTarget }[]) {
      const known = await roles.list();
      const answers = [];
      for (const { permission, target } of checks) {
        const place = targetOf(target);
        const allowed = await authorization.may(principal, permission, place);
        answers.push(
          allowed
            ? { allowed }
            : {
                allowed,
                roles: rolesWith(known, permission, place),
                grantors: (await authorization.may(principal, readOf(permission), place))
                  ? await grantorsOf(place)
                  : [],
              },
        );
      }
      return answers;
    },

    async explain(subject: Subject, permission: Permission, target: AccessTarget) {
      const uuid = toUuid(subject.id);
      const [names, subjects] = await Promise.all([directory.describe([uuid]), directory.subjectsOf(subject)]);
      const entry = names.get(uuid);
      if (entry === undefined || subjects === undefined) {
        throw invalid('unknown_subject', 'There is no such account or group.', '/subject/id');
      }
      const [rights, terrain, records, known] = await Promise.all([
        cache.ofSubjects(subjects),
        cache.terrain(),
        grants.ofSubjects(database.pool, subjects),
        roles.list(),
      ]);
      const place = targetOf(target);
      const resolved = typeof place === 'string' ? place : resolve(terrain, place);
      if (resolved === undefined) throw notFound('This place');
      const deciding = entry.disabled ? undefined : decide(rights, terrain, permission, resolved);
      const record = records.find((candidate) => toUuid(candidate.id) === deciding?.id);
      const missing =
        record === undefined
          ? nearestMissing({ permission, place: resolved, terrain, records, roles: known, disabled: entry.disabled })
          : undefined;
      const principal = asPrincipal(subject, entry, subjects);
      const { clusterId } = target;
      const groups = clusterId === undefined ? [] : await groupsFor(principal, clusterId, target.namespace);
      const user = clusterId === undefined ? personUser : await userFor(principal, clusterId);
      const views = await toGrantViews(directory, record === undefined ? (missing?.grants ?? []) : [record]);
      const name = entry.displayName;
      return {
        subject: toSubjectView(subject.kind, uuid, entry),
        allowed: record !== undefined,
        summary:
          record === undefined
            ? `${name} may not: ${missing?.detail ?? 'nothing gives it.'}`
            : `${name} may: ${record.role} at ${record.scopeName}${record.subject === uuid ? '' : ', through a group'}.`,
        ...(record === undefined ? {} : { grant: views[0] }),
        ...(missing === undefined
          ? {}
          : {
              missing: {
                piece: missing.piece,
                detail: missing.detail,
                grants: views,
                roles: rolesWith(known, permission, place),
              },
            }),
        groups,
        cluster: await askCluster(permission, target, groups, { user, uid: subject.id, actor: entry.name }),
      };
    },
  };

  /** People who could grant something there, owners last. */
  async function grantorsOf(place: 'fleet' | PermissionTarget): Promise<string[]> {
    const terrain = await cache.terrain();
    const resolved: ResolvedTarget | undefined = typeof place === 'string' ? {} : resolve(terrain, place);
    if (resolved === undefined) return [];
    const holders = await grants.holdersOf(database.pool, 'access:grant', resolved);
    const names = await directory.describe(holders);
    return holders
      .flatMap((uuid) => names.get(uuid) ?? [])
      .filter((entry) => !entry.disabled)
      .slice(0, maxGrantors)
      .map((entry) => entry.displayName);
  }

  async function askCluster(
    permission: Permission,
    target: AccessTarget,
    groups: readonly string[],
    who: { user: string; uid: string; actor: string },
  ) {
    const question = questionOf(permission, target.namespace);
    if (target.clusterId === undefined || question === undefined) {
      return {
        answer: 'not_asked' as const,
        detail:
          target.clusterId === undefined
            ? 'Name a cluster to hear what it says.'
            : 'This permission does nothing inside a cluster.',
      };
    }
    const answer = await deps.ask(target.clusterId, { groups, ...who }, question);
    return { ...answer, question: inWords(question) };
  }
}

function targetOf(target: AccessTarget): 'fleet' | PermissionTarget {
  const place = Object.fromEntries(Object.entries(target).filter(([, value]) => value !== undefined));
  return Object.keys(place).length === 0 ? 'fleet' : place;
}

/** Roles with the permission that may be granted at the place or wider. */
function rolesWith(known: readonly RoleRecord[], permission: Permission, place: 'fleet' | PermissionTarget) {
  const kinds = new Set(['fleet']);
  if (typeof place !== 'string') {
    if (place.clusterId !== undefined) kinds.add('set').add('cluster');
    if (place.projectId !== undefined || place.namespace !== undefined) kinds.add('project');
    if (place.environmentId !== undefined || place.namespace !== undefined) kinds.add('project').add('environment');
  }
  return known
    .filter((role) => role.permissions.includes(permission) && role.scopes.some((scope) => kinds.has(scope)))
    .map(({ id, name }) => ({ id, name }));
}

/** The subject as it would come with a session: what its groups in a cluster are asked for. */
function asPrincipal(
  subject: Subject,
  entry: { name: string; displayName: string },
  subjects: readonly string[],
): AccountPrincipal {
  return {
    kind: subject.kind === 'service_account' ? 'service-account' : 'user',
    id: subject.id,
    name: entry.name,
    displayName: entry.displayName,
    credential: { kind: 'session', id: subject.id, expiresAt: new Date(0) },
    subjects,
  };
}
