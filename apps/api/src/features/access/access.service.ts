import { type Permission, permissions } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { newId, toUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, Actor, Principal } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { accountOf } from './account-of.ts';
import { type Authorization, createAuthorization } from './authorize.ts';
import { type AddAutomationAccount, createAutomation } from './automation.ts';
import type { AskCluster } from './cluster-question.ts';
import type { Directory } from './directory.ts';
import { createGrantUse } from './grant-use.ts';
import { createGrantingRules } from './granting-rules.ts';
import { createGrants, type Grants } from './grants.service.ts';
import { createGrantsStore } from './grants.store.ts';
import {
  createGroupsFor,
  createGroupsOver,
  createUserFor,
  type GroupsFor,
  type GroupsOver,
  type UserFor,
} from './groups.ts';
import { createRelabel } from './labels.ts';
import { type ClusterProfile, placesStore } from './places.store.ts';
import { createProjectStore } from './project.store.ts';
import { createProjects, type Projects } from './projects.service.ts';
import { createQuestions, type Questions } from './questions.service.ts';
import { createReview, type Review } from './review.ts';
import { createRightsStore } from './rights.store.ts';
import { createRightsCache } from './rights-cache.ts';
import { createRoles, type Roles } from './roles.service.ts';
import { createRolesStore } from './roles.store.ts';
import { builtInRoles } from './roles.ts';

/** Filled by rooms on either side; see `compose.ts`. */
export type AccessPorts = {
  directory: Directory;
  addAutomationAccount: AddAutomationAccount;
  /** `clusters` stands to our right. */
  askCluster: AskCluster;
};

/**
 * The same two objects as long as this process knows of no change; and when the first grant ends, on
 * `performance.now()`.
 */
export type Standing = { readonly rights: object; readonly terrain: object; readonly until: number };

/** What you may do: the permission check, changes that carry their audit, projects, groups in member clusters. */
export interface Access extends Authorization {
  readonly projects: Projects;
  readonly roles: Roles;
  readonly grants: Grants;
  readonly questions: Questions;
  readonly review: Review;
  readonly groupsFor: GroupsFor;
  /** The user that somebody is in a member cluster. */
  readonly userFor: UserFor;
  /** `groupsFor` of a whole cluster: for lists over its rows. */
  groupsOver(principal: AccountPrincipal, clusterId: string): Promise<GroupsOver>;
  /** What the rights of somebody rest on, for copies of what follows from them. */
  standing(principal: AccountPrincipal): Promise<Standing>;
  /** For pages: what a person may do for the whole fleet, or at any place at all. */
  permissionsAt(principal: Principal, place: 'fleet' | 'any'): Promise<Permission[]>;
  /** At the start: the built-in roles as this version has them, and an automation account for every project. */
  start(): Promise<void>;
  close(): Promise<void>;
  /** The claim of an installation makes its first owner. */
  makeOwner(tx: Queryable, userUuid: string): Promise<void>;
  /** Tells every server that cached principals and open streams must be judged anew. */
  raiseEpoch(on: Queryable): Promise<void>;
  /** An account is gone, and its grants with it. */
  dropSubject(on: Queryable, uuid: string): Promise<void>;
  /** Accounts and groups that own the installation; `lock`: those without an end, held until the transaction ends. */
  ownerSubjects(tx: Transaction, lock: boolean): Promise<string[]>;
  /**
   * To put somebody into a group, or to delete it, is to hand on all that it holds.
   * @throws AppError 403 `self_grant` | `beyond_own_rights` | `owners_only`
   */
  mayJoin(tx: Transaction, giver: Principal, groupUuid: string, memberUuid: string | undefined): Promise<void>;
  /**
   * An account as it is now, without the limits of any credential: for work that goes on when its person has left.
   * `undefined` when it is gone or disabled; a built-in actor holds nothing by itself.
   */
  accountOf(id: string): Promise<Principal | undefined>;
  /** Rises with every change that rights depend on. */
  epoch(): Promise<string>;
  /** What a person sees by a permission, as a text: another one when they see more or less. */
  sightOf(principal: Principal, permission: Permission): Promise<string>;
  /** Forgets this process's copies of grants and places, as a notification of the epoch does. */
  dropCopies(): void;
  /** `clusters` keeps us informed of ids and labels; rules and set grants select by them. */
  putCluster(on: Queryable, clusterId: string, labels: Readonly<Record<string, string>>): Promise<void>;
  /** Of a cluster that is there: what follows from its profile for the groups and the user of people. */
  putClusterProfile(on: Queryable, clusterId: string, profile: ClusterProfile): Promise<void>;
  /** As `putCluster` for labels that a person changes: where grants or rules select by them, that is granting. */
  relabelCluster(
    tx: Transaction,
    actor: Actor,
    clusterId: string,
    labels: Readonly<Record<string, string>>,
  ): Promise<void>;
  removeCluster(on: Queryable, clusterId: string): Promise<void>;
}

export function createAccess(deps: { database: Database; audit: Audit; cursors: Cursors; ports: AccessPorts }): Access {
  const { database, audit, cursors } = deps;
  const { directory, askCluster, addAutomationAccount } = deps.ports;
  const rights = createRightsStore(database);
  const cache = createRightsCache({ database, store: rights });
  const use = createGrantUse(rights);
  const grantsStore = createGrantsStore(database);
  const rolesStore = createRolesStore(database);
  const automation = createAutomation({ database, grants: grantsStore, add: addAutomationAccount });
  const authorization = createAuthorization({ database, store: rights, cache, use, audit });
  const rules = createGrantingRules({ rights, grants: grantsStore, directory });
  const groupsFor = createGroupsFor(cache);
  const userFor = createUserFor(cache);
  const mayRelabel = createRelabel({ authorization, rules, roles: rolesStore });

  async function putCluster(on: Queryable, clusterId: string, labels: Readonly<Record<string, string>>) {
    await placesStore.putCluster(on, toUuid(clusterId), labels);
    // A newly matching cluster gives its environments a namespace there; one already taken stays where it is.
    await placesStore.materialise(on);
  }

  return {
    ...authorization,
    projects: createProjects({
      database,
      projects: createProjectStore(database),
      authorization,
      addAutomation: automation.addTo,
    }),
    roles: createRoles({ database, store: rolesStore, rules, authorization }),
    grants: createGrants({
      database,
      store: grantsStore,
      roles: rolesStore,
      rules,
      cache,
      directory,
      authorization,
      cursors,
    }),
    questions: createQuestions({
      database,
      authorization,
      cache,
      grants: grantsStore,
      roles: rolesStore,
      directory,
      groupsFor,
      userFor,
      ask: askCluster,
    }),
    review: createReview({ audit, authorization, store: grantsStore, directory, use }),
    groupsFor,
    groupsOver: createGroupsOver(cache),
    userFor,
    async standing(principal) {
      const [rights, terrain] = await Promise.all([cache.of(principal), cache.terrain()]);
      const now = performance.now();
      const ends = rights.grants.flatMap(({ deadline = now }) => (deadline > now ? deadline : []));
      return { rights, terrain, until: Math.min(...ends, Number.POSITIVE_INFINITY) };
    },
    async permissionsAt(principal, place) {
      if (principal.kind === 'system') return [...principal.permissions];
      const held: Permission[] = [];
      for (const permission of permissions) {
        if (await authorization.may(principal, permission, place)) held.push(permission);
      }
      return held;
    },
    async start() {
      await database.transaction((tx) => rolesStore.putBuiltIn(tx, builtInRoles));
      await automation.addMissing();
    },
    async close() {
      cache.close();
      await use.close();
    },
    async makeOwner(tx, userUuid) {
      await grantsStore.insert(tx, {
        id: newId('grt'),
        subjectKind: 'user',
        subject: userUuid,
        roleId: 'owner',
        scope: { kind: 'fleet' },
        expiresAt: undefined,
        createdById: '',
        createdBy: '',
      });
    },
    raiseEpoch: async (on) => void (await on.query('SELECT access_raise_epoch(false)')),
    dropSubject: async (on, uuid) => void (await on.query('DELETE FROM access_grants WHERE subject_id = $1', [uuid])),
    async ownerSubjects(tx, lock) {
      return lock ? (await grantsStore.lockOwners(tx)).map(({ subject }) => subject) : grantsStore.ownerSubjects(tx);
    },
    async mayJoin(tx, giver, groupUuid, memberUuid) {
      for (const { roleId, scope, expired } of await grantsStore.ofSubjects(tx, [groupUuid])) {
        if (expired) continue;
        const role = await rolesStore.find(tx, roleId);
        await rules.mayGive(tx, giver, {
          roleId,
          scope,
          permissions: ['access:grant', ...(role?.permissions ?? [])],
          subjects: memberUuid === undefined ? [] : [memberUuid],
        });
      }
    },
    accountOf: (id) => accountOf(directory, id),
    epoch: async () => (await rights.epoch()).epoch,
    sightOf: async (principal, permission) => JSON.stringify(await authorization.visibleScope(principal, permission)),
    dropCopies: cache.drop,
    putCluster,
    putClusterProfile: (on, clusterId, profile) => placesStore.putProfile(on, toUuid(clusterId), profile),
    async relabelCluster(tx, actor, clusterId, labels) {
      await mayRelabel(tx, actor, toUuid(clusterId), labels);
      await putCluster(tx, clusterId, labels);
    },
    removeCluster: (on, clusterId) => placesStore.removeCluster(on, toUuid(clusterId)),
  };
}
