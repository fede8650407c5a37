import type { Account } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { conflict, invalid, notFound } from '../../platform/errors.ts';
import { newId, toUuid } from '../../platform/ids.ts';
import { type Actor, principalId } from '../../platform/principal.ts';
import type { AuditChange, AuditEntry } from '../audit/index.ts';
import { type AccountFilter, type AccountsReadModel, toAccount } from './accounts.read-model.ts';
import type { IdentityPorts } from './identity-ports.ts';
import type { OwnerGuard } from './owner-guard.ts';
import type { ResetLinks } from './reset-links.ts';
import type { SecondFactor } from './second-factor.ts';
import { endedEntry, type Sessions } from './sessions.ts';
import type { UserChange, UserRow, UsersStore } from './users.store.ts';

const manage = { permission: 'identity:manage', target: 'fleet' } as const;

export type ManageUsers = ReturnType<typeof createManageUsers>;

/** Accounts of people, for those who manage them. */
export function createManageUsers(deps: {
  cursors: Cursors;
  users: UsersStore;
  accounts: AccountsReadModel;
  sessions: Sessions;
  secondFactor: SecondFactor;
  resetLinks: ResetLinks;
  owners: OwnerGuard;
  ports: IdentityPorts;
}) {
  const { cursors, users, accounts, sessions, resetLinks, owners, ports } = deps;

  async function existing(tx: Transaction, id: string): Promise<UserRow> {
    const user = await users.findUser(tx, toUuid(id), true);
    if (user === undefined) throw notFound('This account');
    return user;
  }

  async function accountOf(tx: Transaction, uuid: string): Promise<Account> {
    const row = await accounts.find(uuid, tx);
    if (row === undefined) throw notFound('This account');
    return toAccount(row);
  }

  return {
    async listUsers({ cursor, limit, ...asked }: AccountFilter & { cursor?: string | undefined; limit: number }) {
      const filter = {
        ...asked,
        ...(asked.provider === undefined || asked.provider === 'local' ? {} : { provider: toUuid(asked.provider) }),
        ...(asked.group === undefined ? {} : { group: toUuid(asked.group) }),
      };
      const scope = ['users', filter];
      const after = cursor === undefined ? undefined : cursors.verify<string>(scope, cursor);
      const [rows, total] = await Promise.all([accounts.page(filter, after, limit + 1), accounts.count(filter)]);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toAccount),
        ...(rows.length > limit && last !== undefined ? { nextCursor: cursors.sign(scope, last.name) } : {}),
        total,
        totalIsExact: true,
      };
    },

    async getUser(id: string): Promise<Account> {
      const row = await accounts.find(toUuid(id));
      if (row === undefined) throw notFound('This account');
      return toAccount(row);
    },

    /** A local account without a password yet; its link sets one. */
    async createUser(actor: Actor, input: { name: string; displayName: string; email?: string | undefined }) {
      return ports.mutate({ actor, ...manage }, async (tx) => {
        const id = newId('usr');
        const made = await users.insertUser(tx, { id: toUuid(id), ...input });
        if (made === undefined) throw nameTaken();
        const link = await resetLinks.issue(tx, made.id);
        return {
          value: { account: await accountOf(tx, made.id), link },
          audit: [
            entry(id, made.name, [{ path: 'created', after: { name: made.name, displayName: made.display_name } }]),
          ],
        };
      });
    },

    async updateUser(actor: Actor, id: string, change: UserChange): Promise<Account> {
      return ports.mutate({ actor, ...manage }, async (tx) => {
        const before = await existing(tx, id);
        const isDisabling = change.disabled === true && before.disabled_at === null;
        if (change.disabled === true && principalId(actor.principal) === id) {
          throw conflict('own_account', 'You cannot disable your own account. Ask another administrator.');
        }
        if (before.issuer !== null && [change.name, change.displayName, change.email].some((v) => v !== undefined)) {
          throw conflict('managed_by_provider', 'The name and address of this account come from its provider.');
        }
        await owners.account(tx, actor.principal, before.id, isDisabling);
        const after = await users.updateUser(tx, before.id, change);
        if (after === undefined) throw nameTaken();
        const ended = isDisabling ? await sessions.store.deleteSessionsOf(tx, before.id) : [];

        const changes = changesBetween(before, after);
        return {
          value: await accountOf(tx, before.id),
          audit: [
            entry(id, after.name, changes),
            ...(ended.length === 0 ? [] : [endedEntry('identity:manage', { id, count: ended.length })]),
          ],
        };
      });
    },

    async createResetLink(actor: Actor, id: string, secondFactorToo: boolean) {
      return ports.mutate({ actor, ...manage }, async (tx) => {
        const user = await existing(tx, id);
        if (user.issuer !== null) {
          throw conflict('managed_by_provider', 'This account signs in at its provider and has no password here.');
        }
        await owners.account(tx, actor.principal, user.id, false);
        const link = await resetLinks.issue(tx, user.id);
        if (secondFactorToo) await deps.secondFactor.store.remove(tx, user.id);
        return {
          value: link,
          audit: [
            entry(id, user.name, [
              { path: 'resetLink', after: link.expiresAt },
              ...(secondFactorToo ? [{ path: 'secondFactor', after: 'taken away' }] : []),
            ]),
          ],
        };
      });
    },

    async listUserSessions(actor: Actor, id: string) {
      if ((await accounts.find(toUuid(id))) === undefined) throw notFound('This account');
      return sessions.list(actor.principal, id);
    },

    /** Ends one session of an account, or all of them. */
    async endUserSessions(actor: Actor, id: string, sessionId?: string): Promise<number> {
      return ports.mutate({ actor, ...manage }, async (tx) => {
        const user = await existing(tx, id);
        await owners.account(tx, actor.principal, user.id, false);
        if (sessionId !== undefined) {
          if (!(await sessions.store.deleteSession(tx, user.id, toUuid(sessionId)))) throw notFound('This session');
          return { value: 1, audit: [endedEntry('identity:manage', { id: sessionId })] };
        }
        const ended = await sessions.store.deleteSessionsOf(tx, user.id);
        return { value: ended.length, audit: [endedEntry('identity:manage', { id, count: ended.length })] };
      });
    },
  };
}

function changesBetween(before: UserRow, after: UserRow): AuditChange[] {
  const pairs = [
    ['name', before.name, after.name],
    ['displayName', before.display_name, after.display_name],
    ['email', before.email, after.email],
    ['disabled', before.disabled_at !== null, after.disabled_at !== null],
  ] as const;
  return pairs.filter(([, was, is]) => was !== is).map(([path, was, is]) => ({ path, before: was, after: is }));
}

function entry(id: string, name: string, changes: readonly AuditChange[]): AuditEntry {
  return { action: 'identity:manage', target: { kind: 'account', id, name }, changes };
}

function nameTaken() {
  return invalid('name_taken', 'Another account has this name.', '/name');
}
