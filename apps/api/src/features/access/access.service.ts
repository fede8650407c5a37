import type { Permission } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import { newId, toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import { createAccessStore, type Queryable } from './access.store.ts';
import { type Authorization, createAuthorization } from './authorize.ts';
import { createGroupsFor } from './groups.ts';
import { createProjectStore } from './project.store.ts';
import { createProjects, type Projects } from './projects.service.ts';
import { builtInRoles } from './roles.ts';

/** What you may do: the permission check, changes that carry their audit, projects, groups in member clusters. */
export interface Access extends Authorization {
  readonly projects: Projects;
  groupsFor(principal: Principal, clusterId: string, namespace?: string): Promise<string[]>;
  /** For pages: what a person may do at fleet scope. */
  fleetPermissions(principal: Principal): Promise<Permission[]>;
  /** At the start: the built-in roles as this version has them. */
  start(): Promise<void>;
  /** The claim of an installation makes its first owner. */
  makeOwner(tx: Transaction, userUuid: string): Promise<void>;
  /** Tells every server that cached principals and open streams must be judged anew. */
  raiseEpoch(on: Queryable): Promise<void>;
  /** An account is gone, and its grants with it. */
  dropSubject(on: Queryable, uuid: string): Promise<void>;
  /** `clusters` keeps us informed of ids and labels; rules and set grants select by them. */
  putCluster(on: Queryable, clusterId: string, labels: Readonly<Record<string, string>>): Promise<void>;
  removeCluster(on: Queryable, clusterId: string): Promise<void>;
}

export function createAccess({ database, audit }: { database: Database; audit: Audit }): Access {
  const store = createAccessStore(database);
  const authorization = createAuthorization({ database, store, audit });
  return {
    ...authorization,
    projects: createProjects({ database, store, projects: createProjectStore(database), authorization }),
    groupsFor: createGroupsFor({ database, store }),
    async fleetPermissions(principal) {
      return principal.kind === 'system' ? [...principal.permissions] : store.fleetPermissions(principal.subjects);
    },
    start: () => database.transaction((tx) => store.putBuiltInRoles(tx, builtInRoles)),
    makeOwner: (tx, userUuid) =>
      store.addGrant(tx, { id: newId('grt'), subject: userUuid, roleId: 'owner', scopeKind: 'fleet' }),
    raiseEpoch: (on) => store.raiseEpoch(on),
    dropSubject: (on, uuid) => store.dropSubject(on, uuid),
    async putCluster(on, clusterId, labels) {
      await store.putCluster(on, toUuid(clusterId), labels);
      // A newly matching cluster gives its environments a namespace there; one already taken stays where it is.
      await store.materialise(on);
    },
    removeCluster: (on, clusterId) => store.removeCluster(on, toUuid(clusterId)),
  };
}
