import type { Group } from '@quarterdeck/contracts';
import type { Database, Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import { type Actor, principalId } from '../../platform/principal.ts';
import type { AuditChange, AuditEntry } from '../audit/index.ts';
import { createGroupsStore, type GroupFilter, type GroupRow, toGroup } from './groups.store.ts';
import type { IdentityPorts } from './identity-ports.ts';
import type { OwnerGuard } from './owner-guard.ts';
import type { ProvidersStore } from './providers.store.ts';
import type { UsersStore } from './users.store.ts';

const manage = { permission: 'identity:manage', target: 'fleet' } as const;

export type ManageGroups = ReturnType<typeof createManageGroups>;

/** Groups: local ones are kept here, those of a provider follow its claim. */
export function createManageGroups(deps: {
  database: Database;
  cursors: Cursors;
  users: UsersStore;
  providers: ProvidersStore;
  owners: OwnerGuard;
  ports: IdentityPorts;
}) {
  const { database, cursors, users, owners, ports } = deps;
  const store = createGroupsStore(database);

  async function existing(tx: Transaction, id: string): Promise<GroupRow> {
    const group = await store.find(tx, toUuid(id), true);
    if (group === undefined) throw notFound('This group');
    return group;
  }

  async function existingLocal(tx: Transaction, id: string): Promise<GroupRow> {
    const group = await existing(tx, id);
    if (group.provider_id === null) return group;
    throw conflict('managed_by_provider', 'Who is in this group, and its name, is for its provider to say.');
  }

  async function viewOf(tx: Transaction, uuid: string): Promise<Group> {
    const row = await store.find(tx, uuid);
    if (row === undefined) throw notFound('This group');
    return toGroup(row);
  }

  return {
    async listGroups({ cursor, limit, ...filter }: GroupFilter & { cursor?: string | undefined; limit: number }) {
      const scope = ['groups', filter];
      const position = cursor === undefined ? undefined : cursors.verify<{ name: string; id: string }>(scope, cursor);
      const [rows, total] = await Promise.all([store.page(filter, position, limit + 1), store.count(filter)]);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toGroup),
        ...(rows.length > limit && last !== undefined
          ? { nextCursor: cursors.sign(scope, { name: last.name, id: last.id }) }
          : {}),
        total,
        totalIsExact: true,
      };
    },

    async getGroup(id: string): Promise<Group> {
      const row = await store.find(database.pool, toUuid(id));
      if (row === undefined) throw notFound('This group');
      return toGroup(row);
    },

    async createGroup(actor: Actor, input: { name: string; providerId?: string | undefined }): Promise<Group> {
      return ports.mutate({ actor, ...manage }, async (tx) => {
        const providerId = input.providerId === undefined ? undefined : toUuid(input.providerId);
        if (providerId !== undefined && (await deps.providers.find(tx, providerId)) === undefined) {
          throw invalid('provider_unknown', 'There is no such provider.', '/providerId');
        }
        const uuid = await store.insert(tx, input.name, providerId);
        if (uuid === undefined) throw nameTaken();
        return {
          value: await viewOf(tx, uuid),
          audit: [entry(uuid, input.name, [{ path: 'created', after: input.name }])],
        };
      });
    },

    async renameGroup(actor: Actor, id: string, name: string): Promise<Group> {
      return ports.mutate({ actor, ...manage }, async (tx) => {
        const group = await existingLocal(tx, id);
        await owners.group(tx, actor.principal, group.id, undefined);
        if (!(await store.rename(tx, group.id, name))) throw nameTaken();
        return {
          value: await viewOf(tx, group.id),
          audit: [entry(group.id, name, [{ path: 'name', before: group.name, after: name }])],
        };
      });
    },

    async deleteGroup(actor: Actor, id: string): Promise<void> {
      await ports.mutate({ actor, ...manage }, async (tx) => {
        const group = await existing(tx, id);
        await owners.group(tx, actor.principal, group.id, 'whole group');
        await ports.mayJoin(tx, actor.principal, group.id, undefined);
        await ports.dropSubject(tx, group.id);
        await store.remove(tx, group.id);
        return {
          value: undefined,
          audit: [entry(group.id, group.name, [{ path: 'deleted', before: { members: group.members } }])],
        };
      });
    },

    async addMember(actor: Actor, id: string, userId: string): Promise<void> {
      await ports.mutate({ actor, ...manage }, async (tx) => {
        const group = await existingLocal(tx, id);
        if (principalId(actor.principal) === userId) {
          throw new AppError(
            'self_grant',
            403,
            'Nobody widens their own rights. Ask another administrator to add you.',
          );
        }
        if ((await users.findUser(tx, toUuid(userId))) === undefined) throw notFound('This account');
        await owners.group(tx, actor.principal, group.id, undefined);
        await ports.mayJoin(tx, actor.principal, group.id, toUuid(userId));
        await store.addMember(tx, group.id, toUuid(userId));
        return {
          value: undefined,
          audit: [entry(group.id, group.name, [{ path: 'members', after: userId }])],
        };
      });
    },

    async removeMember(actor: Actor, id: string, userId: string): Promise<void> {
      await ports.mutate({ actor, ...manage }, async (tx) => {
        const group = await existingLocal(tx, id);
        await owners.group(tx, actor.principal, group.id, { member: toUuid(userId) });
        if (!(await store.removeMember(tx, group.id, toUuid(userId)))) throw notFound('This membership');
        return {
          value: undefined,
          audit: [entry(group.id, group.name, [{ path: 'members', before: userId }])],
        };
      });
    },
  };
}

function entry(uuid: string, name: string, changes: readonly AuditChange[]): AuditEntry {
  return { action: 'identity:manage', target: { kind: 'group', id: fromUuid('grp', uuid), name }, changes };
}

function nameTaken() {
  return invalid('name_taken', 'Another group has this name.', '/name');
}
