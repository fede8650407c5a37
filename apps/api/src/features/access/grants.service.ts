import {
  type Grant,
  highestRung,
  type Permission,
  type Scope,
  type Subject,
  type SubjectKind,
} from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { requireStepUp } from '../../platform/http/step-up.ts';
import { newId, toUuid } from '../../platform/ids.ts';
import { type Actor, principalId, principalName } from '../../platform/principal.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { Authorization } from './authorize.ts';
import type { Directory, DirectoryEntry } from './directory.ts';
import { toGrantViews } from './grant-view.ts';
import { type GrantingRules, targetOfScope } from './granting-rules.ts';
import type { GrantFilter, GrantRecord, GrantsStore } from './grants.store.ts';
import { projectGroup } from './groups.ts';
import { decide } from './rights.ts';
import type { RightsCache } from './rights-cache.ts';
import type { RoleRecord, RolesStore } from './roles.store.ts';
import { resolve, type Terrain } from './terrain.ts';

export type NewGrantInput = { subject: Subject; roleId: string; scope: Scope; expiresAt?: string | undefined };

export type GrantQuery = Omit<GrantFilter, 'subjects' | 'q'> & {
  subject?: string | undefined;
  q?: string | undefined;
  limit: number;
  cursor?: string | undefined;
};

const shownSubjects = 20;

export type Grants = ReturnType<typeof createGrants>;

/** Roles given to people, groups and service accounts. */
export function createGrants(deps: {
  database: Database;
  store: GrantsStore;
  roles: RolesStore;
  rules: GrantingRules;
  cache: RightsCache;
  directory: Directory;
  authorization: Authorization;
  cursors: Cursors;
}) {
  const { database, store, roles, rules, cache, directory, authorization, cursors } = deps;

  async function find(id: string): Promise<GrantRecord> {
    const grant = await store.find(database.pool, id);
    if (grant === undefined) throw notFound('This grant');
    return grant;
  }

  async function view(id: string): Promise<Grant> {
    const [grant] = await toGrantViews(directory, [await find(id)]);
    if (grant === undefined) throw notFound('This grant');
    return grant;
  }

  /** @throws AppError 422 naming the field */
  async function read(input: NewGrantInput): Promise<{ role: RoleRecord; subject: DirectoryEntry; terrain: Terrain }> {
    const [role, found, terrain] = await Promise.all([
      roles.find(database.pool, input.roleId),
      directory.describe([toUuid(input.subject.id)]),
      cache.terrain(),
    ]);
    if (role === undefined) throw invalid('unknown_role', 'There is no such role.', '/roleId');
    const subject = found.get(toUuid(input.subject.id));
    if (subject === undefined || subject.kind !== input.subject.kind) {
      throw invalid('unknown_subject', 'There is no such account or group.', '/subject/id');
    }
    if (!exists(input.scope, terrain)) throw invalid('unknown_scope', 'This place does not exist.', '/scope/id');
    return { role, subject, terrain };
  }

  function refuse(input: NewGrantInput, role: RoleRecord, terrain: Terrain): AppError | undefined {
    if (!role.scopes.includes(input.scope.kind)) {
      return invalid(
        'role_not_for_scope',
        `${role.name} is granted at ${role.scopes.join(', ')}, not at ${input.scope.kind}.`,
        '/scope/kind',
      );
    }
    if (role.id === 'automation' && input.subject.kind !== 'service_account') {
      return invalid('role_not_for_subject', `${role.name} is for service accounts alone.`, '/subject/kind');
    }
    if (isPast(input.expiresAt)) return expiryInPast();
    const project = resolve(terrain, targetOfScope(input.scope))?.project;
    if (project !== undefined && terrain.projects.get(project)?.archived === true) {
      return conflict('project_archived', 'This project is archived. Restore it first.');
    }
    return undefined;
  }

  /** Gives or prolongs: all rules of granting, in the transaction. */
  async function mayGive(tx: Transaction, actor: Actor, role: RoleRecord, scope: Scope, subject: string) {
    await rules.mayGive(tx, actor.principal, {
      roleId: role.id,
      permissions: role.permissions,
      scope,
      subjects: [subject],
    });
  }

  /** Takes away or shortens: an owner only by owners, and never the last. */
  async function mayTake(tx: Transaction, actor: Actor, grant: GrantRecord): Promise<void> {
    if (grant.roleId !== 'owner') return;
    await rules.mustBeOwner(tx, actor.principal);
    await rules.mustLeaveOwner(tx, { grantId: grant.id });
  }

  return {
    async list(principal: Actor['principal'], { limit, cursor, subject, q, ...query }: GrantQuery) {
      const scope = ['grants', subject, q, query];
      const after = cursor === undefined ? undefined : cursors.verify<{ at: string; id: string }>(scope, cursor);
      const visible = await authorization.visibleScope(principal, 'access:read');
      const filter: GrantFilter = {
        ...query,
        ...(subject === undefined ? {} : { subjects: [uuidOrNone(subject)] }),
        ...(q === undefined || q === '' ? {} : { q: { words: q, subjects: await directory.search(q) } }),
      };
      const [rows, total] = await Promise.all([
        store.page(visible, filter, after, limit + 1),
        store.count(visible, filter),
      ]);
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: await toGrantViews(directory, page),
        ...(rows.length > limit && last !== undefined
          ? { nextCursor: cursors.sign(scope, { at: last.createdAt.toISOString(), id: toUuid(last.id) }) }
          : {}),
        total,
        totalIsExact: true,
      };
    },

    /** Whom a grant may name, by a part of the name; active accounts first, programs of other projects not at all. */
    async findSubjects(principal: Actor['principal'], q: string, kinds: readonly SubjectKind[] | undefined) {
      const [found, visible] = await Promise.all([
        directory.search(q).then((uuids) => directory.describe(uuids)),
        authorization.visibleScope(principal, 'access:read'),
      ]);
      const isForeign = ({ project }: DirectoryEntry) =>
        project !== undefined && !visible.fleet && !visible.projects.includes(project);
      const fitting = [...found.values()]
        .filter((entry) => !isForeign(entry))
        .filter((entry) => kinds === undefined || kinds.includes(entry.kind))
        .toSorted((a, b) => Number(a.disabled) - Number(b.disabled) || a.displayName.localeCompare(b.displayName));
      const items = fitting.slice(0, shownSubjects).map(({ project: _, ...subject }) => subject);
      return { items, total: fitting.length, totalIsExact: true };
    },

    /** The target of a grant that exists: where it holds. */
    targetOf: async (id: string) => targetOfScope((await find(id)).scope),

    async preview(actor: Actor, input: NewGrantInput) {
      const { role, subject, terrain } = await read(input);
      const subjects = (await directory.subjectsOf(input.subject)) ?? [];
      const rights = await cache.ofSubjects(subjects);
      const place = resolve(terrain, targetOfScope(input.scope));
      const holds = (permission: Permission) => place !== undefined && decide(rights, terrain, permission, place);
      const reach = reachOf(input.scope, terrain);
      return {
        gains: role.permissions.filter((permission) => !holds(permission)),
        holds: role.permissions.filter(holds),
        ...reach.counts,
        groups: reach.groups(highestRung(role.permissions)),
        ...(await refusalOf(actor, input, role, toUuid(subject.id), terrain)),
      };
    },

    async create(actor: Actor, input: NewGrantInput): Promise<Grant> {
      askForProof(actor, input.scope);
      const { role, subject, terrain } = await read(input);
      const refusal = refuse(input, role, terrain);
      if (refusal !== undefined) throw refusal;
      const id = newId('grt');
      const target = targetOfScope(input.scope);
      await authorization.mutate({ actor, permission: 'access:grant', target }, async (tx) => {
        await roles.lock(tx, role.id);
        const now = await roles.find(tx, role.id);
        if (now === undefined) throw invalid('unknown_role', 'There is no such role.', '/roleId');
        await mayGive(tx, actor, now, input.scope, toUuid(subject.id));
        const { principal } = actor;
        const inserted = await store.insert(tx, {
          id,
          subjectKind: subject.kind,
          subject: toUuid(subject.id),
          roleId: role.id,
          scope: input.scope,
          expiresAt: input.expiresAt === undefined ? undefined : new Date(input.expiresAt),
          createdById: principalId(principal),
          createdBy: principalName(principal),
        });
        if (!inserted) throw conflict('grant_exists', `${subject.displayName} has this role there already.`);
        const made = await store.find(tx, id);
        if (made === undefined) throw notFound('This grant');
        return {
          value: undefined,
          audit: [record(made, subject, [{ path: 'granted', after: input.expiresAt ?? true }])],
        };
      });
      return view(id);
    },

    async update(actor: Actor, id: string, expiresAt: string | null): Promise<Grant> {
      if (isPast(expiresAt ?? undefined)) throw expiryInPast();
      const { scope } = await find(id);
      askForProof(actor, scope);
      const target = targetOfScope(scope);
      await authorization.mutate({ actor, permission: 'access:grant', target }, async (tx) => {
        const grant = await store.lock(tx, id);
        const role = grant === undefined ? undefined : await roles.find(tx, grant.roleId);
        if (grant === undefined || role === undefined) throw notFound('This grant');
        const end = expiresAt === null ? undefined : new Date(expiresAt);
        if (isLater(end, grant.expiresAt)) await mayGive(tx, actor, role, grant.scope, grant.subject);
        else await mayTake(tx, actor, grant);
        await store.setExpiry(tx, id, end);
        const names = await directory.describe([grant.subject], tx);
        const changes = [{ path: 'expiresAt', before: grant.expiresAt?.toISOString(), after: expiresAt ?? undefined }];
        return { value: undefined, audit: [record(grant, names.get(grant.subject), changes)] };
      });
      return view(id);
    },

    async revoke(actor: Actor, id: string): Promise<void> {
      const target = targetOfScope((await find(id)).scope);
      await authorization.mutate({ actor, permission: 'access:grant', target }, async (tx) => {
        const grant = await store.lock(tx, id);
        if (grant === undefined) throw notFound('This grant');
        await mayTake(tx, actor, grant);
        await store.remove(tx, id);
        const names = await directory.describe([grant.subject], tx);
        return {
          value: undefined,
          audit: [record(grant, names.get(grant.subject), [{ path: 'revoked', after: true }])],
        };
      });
    },
  };

  /** Why `create` would say no, asked in a transaction that changes nothing. */
  async function refusalOf(actor: Actor, input: NewGrantInput, role: RoleRecord, subject: string, terrain: Terrain) {
    const early = refuse(input, role, terrain);
    if (early !== undefined) return { refusal: { code: early.code, detail: early.message } };
    try {
      await database.transaction(async (tx) => {
        await authorization.require(tx, actor, 'access:grant', targetOfScope(input.scope));
        await mayGive(tx, actor, role, input.scope, subject);
      });
      return {};
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return { refusal: { code: error.code, detail: error.message } };
    }
  }
}

function exists(scope: Scope, terrain: Terrain): boolean {
  if (!('id' in scope)) return true;
  const places = { cluster: terrain.clusters, project: terrain.projects, environment: terrain.environments }[
    scope.kind
  ];
  return places.has(toUuid(scope.id));
}

/** Clusters and namespaces that a scope reaches now, and the groups it gives in them. */
function reachOf(scope: Scope, terrain: Terrain) {
  const place = resolve(terrain, targetOfScope(scope));
  if (scope.kind === 'project' || scope.kind === 'environment') {
    const owned = [...terrain.namespaces.values()]
      .flatMap((there) => [...there.values()])
      .filter((one) =>
        scope.kind === 'project' ? one.project === place?.project : one.environment === place?.environment,
      );
    const numbers = [...new Set(owned.map((one) => one.cluster))].flatMap(
      (cluster) => terrain.numbers.get(cluster)?.get(place?.project ?? '') ?? [],
    );
    return {
      counts: { clusters: new Set(owned.map((one) => one.cluster)).size, namespaces: owned.length },
      groups: (rung: ReturnType<typeof highestRung>) =>
        rung === undefined
          ? []
          : [...new Set(numbers)].sort((a, b) => a - b).map((number) => projectGroup(number, rung)),
    };
  }
  const clusters = [...terrain.clusters].filter(
    ([id, labels]) =>
      scope.kind === 'fleet' ||
      (scope.kind === 'cluster'
        ? id === place?.cluster
        : Object.entries(scope.selector).every(([key, value]) => labels[key] === value)),
  );
  return {
    counts: {
      clusters: clusters.length,
      namespaces: clusters.reduce((sum, [id]) => sum + (terrain.namespaces.get(id)?.size ?? 0), 0),
    },
    groups: (rung: ReturnType<typeof highestRung>) => (rung === undefined ? [] : [`quarterdeck:${rung}`]),
  };
}

function isPast(expiresAt: string | undefined): boolean {
  return expiresAt !== undefined && new Date(expiresAt).getTime() <= Date.now();
}

function isLater(end: Date | undefined, than: Date | undefined): boolean {
  if (than === undefined) return false;
  return end === undefined || end > than;
}

function expiryInPast(): AppError {
  return invalid('expiry_in_past', 'This time has passed. Take one to come, or revoke the grant.', '/expiresAt');
}

/** An identifier that cannot be one is nobody's. */
function uuidOrNone(id: string): string {
  try {
    return toUuid(id);
  } catch {
    return '00000000-0000-0000-0000-000000000000';
  }
}

function record(
  grant: GrantRecord,
  subject: DirectoryEntry | undefined,
  changes: NonNullable<AuditEntry['changes']>,
): AuditEntry {
  return {
    action: 'access:grant',
    target: {
      kind: 'grant',
      id: grant.id,
      name: `${subject?.displayName ?? subject?.id ?? grant.subject} · ${grant.role} · ${grant.scopeName}`,
      ...(grant.projectId === undefined ? {} : { project: grant.projectId }),
      ...(grant.scope.kind === 'environment' ? { environment: grant.scope.id } : {}),
    },
    changes: [
      { path: 'subject', after: subject?.id ?? grant.subject },
      { path: 'role', after: grant.roleId },
      { path: 'scope', after: grant.scope },
      ...changes,
    ],
  };
}

/** Rights beyond one tenant need a fresh proof of who gives them. */
function askForProof({ principal }: Actor, scope: Scope): void {
  if (scope.kind !== 'project' && scope.kind !== 'environment') requireStepUp(principal);
}
