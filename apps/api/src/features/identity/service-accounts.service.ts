import type { ServiceAccount } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { type AppError, conflict, invalid, notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { type Actor, type Principal, principalId } from '../../platform/principal.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { AccountPlace, AccountPorts } from './account-ports.ts';
import { requireHeld } from './held-permissions.ts';
import type { OwnerGuard } from './owner-guard.ts';
import type { ServiceAccountRow, ServiceAccountsStore } from './service-accounts.store.ts';
import { type CreatedToken, type NewToken, refuseTokens, type TokenQuery, type Tokens } from './tokens.service.ts';

const permission = 'identity:service-accounts';

export type ServiceAccounts = ReturnType<typeof createServiceAccounts>;

/** Accounts of programs, of a project or of the fleet. They hold no right until somebody grants them a role. */
export function createServiceAccounts(deps: {
  database: Database;
  store: ServiceAccountsStore;
  tokens: Tokens;
  owners: OwnerGuard;
  ports: AccountPorts;
  cursors: Cursors;
}) {
  const { database, store, tokens, owners, ports, cursors } = deps;

  async function find(on: Queryable, id: string): Promise<ServiceAccountRow> {
    const row = await store.findById(on, toUuid(id));
    if (row === undefined) throw notFound('This service account');
    return row;
  }

  /** A change of an existing account: its place is read from its row, and only owners change one that is an owner. */
  async function change<T>(
    actor: Actor,
    id: string,
    work: (tx: Transaction, row: ServiceAccountRow) => Promise<{ value: T; audit: readonly AuditEntry[] }>,
  ): Promise<T> {
    const place = placeOf(await find(database.pool, id));
    return ports.mutate({ actor, permission, target: place }, async (tx) => {
      const row = await find(tx, id);
      await owners.program(tx, actor.principal, row.id);
      return work(tx, row);
    });
  }

  async function scopeFor(principal: Principal, projectId: string | undefined) {
    const may = (target: AccountPlace) => ports.may(principal, permission, target);
    if (projectId !== undefined) {
      return { fleet: false, projectIds: (await may({ projectId })) ? [toUuid(projectId)] : [] };
    }
    const known = await store.projectIds();
    const visible = await Promise.all(known.map((uuid) => may({ projectId: fromUuid('prj', uuid) })));
    return { fleet: await may('fleet'), projectIds: known.filter((_, index) => visible[index]) };
  }

  return {
    /** @throws AppError `not_found` */
    async placeOf(id: string): Promise<AccountPlace> {
      return placeOf(await find(database.pool, id));
    },

    async list(
      principal: Principal,
      query: { limit: number; cursor?: string | undefined; q?: string | undefined; projectId?: string | undefined },
    ) {
      const scope = { ...(await scopeFor(principal, query.projectId)), q: query.q };
      const cursorScope = ['service-accounts', query.q, query.projectId];
      const position =
        query.cursor === undefined ? undefined : cursors.verify<{ name: string }>(cursorScope, query.cursor);
      const [rows, total] = await Promise.all([store.page(scope, position?.name, query.limit + 1), store.count(scope)]);
      const items = rows.slice(0, query.limit);
      const last = items.at(-1);
      return {
        items: items.map(toServiceAccount),
        ...(rows.length > query.limit && last !== undefined
          ? { nextCursor: cursors.sign(cursorScope, { name: last.name }) }
          : {}),
        total,
        totalIsExact: true,
      };
    },

    async create(
      actor: Actor,
      input: { name: string; description: string; projectId?: string | undefined },
    ): Promise<ServiceAccount> {
      const id = newId('sva');
      const target = input.projectId === undefined ? 'fleet' : { projectId: input.projectId };
      return ports.mutate({ actor, permission, target }, async (tx) => {
        const outcome = await store.insert(tx, {
          id: toUuid(id),
          name: input.name,
          description: input.description,
          projectId: input.projectId === undefined ? null : toUuid(input.projectId),
        });
        if (outcome === 'name_taken') throw nameTaken(input.name);
        if (outcome === 'unknown_project') throw notFound('This project');
        const row = await find(tx, id);
        return { value: toServiceAccount(row), audit: [entry(row, [{ path: 'created', after: true }])] };
      });
    },

    async update(
      actor: Actor,
      id: string,
      input: { name?: string | undefined; description?: string | undefined; disabled?: boolean | undefined },
    ): Promise<ServiceAccount> {
      return change(actor, id, async (tx, before) => {
        const wanted = {
          name: input.name ?? before.name,
          description: input.description ?? before.description,
          disabled: input.disabled ?? before.disabled_at !== null,
        };
        if (!(await store.update(tx, before.id, wanted))) throw nameTaken(wanted.name);
        if (wanted.disabled !== (before.disabled_at !== null)) await ports.raiseEpoch(tx);
        const after = await find(tx, id);
        const changes = (['name', 'description'] as const)
          .filter((path) => before[path] !== after[path])
          .map((path) => ({ path: path as string, before: before[path] as unknown, after: after[path] as unknown }));
        if (wanted.disabled !== (before.disabled_at !== null)) {
          changes.push({ path: 'disabled', before: !wanted.disabled, after: wanted.disabled });
        }
        return { value: toServiceAccount(after), audit: [entry(after, changes)] };
      });
    },

    async remove(actor: Actor, id: string): Promise<void> {
      await change(actor, id, async (tx, row) => {
        await store.remove(tx, row.id);
        await ports.dropSubject(tx, row.id);
        await ports.raiseEpoch(tx);
        return { value: undefined, audit: [entry(row, [{ path: 'deleted', after: true }])] };
      });
    },

    async listTokens(id: string, query: TokenQuery) {
      return tokens.list({ serviceAccountId: (await find(database.pool, id)).id }, query);
    },

    /**
     * Nobody may make a token that does more than they may themselves: each permission must be held where the account
     * belongs, and a project's account gets tokens of that project only.
     */
    async createToken(actor: Actor, id: string, input: NewToken & { expiresInDays: number }): Promise<CreatedToken> {
      refuseTokens(actor.principal);
      return change(actor, id, async (tx, row) => {
        if (row.disabled_at !== null) {
          throw conflict('service_account_disabled', 'This service account is disabled. Enable it first.');
        }
        const place = placeOf(row);
        await requireHeld(ports, tx, actor, input.permissions, place);
        const { audit, ...created } = await tokens.createForService(tx, {
          serviceAccountId: id,
          createdBy: actor.principal.kind === 'system' ? principalId(actor.principal) : actor.principal.name,
          input: withinPlace(input, place),
        });
        return { value: created, audit: [audit] };
      });
    },

    async revokeToken(actor: Actor, id: string, tokenId: string): Promise<void> {
      const row = await find(database.pool, id);
      const owner = { serviceAccountId: row.id };
      await tokens.revoke(actor, { id: tokenId, permission, target: placeOf(row), owner });
    },
  };
}

/** Tokens of a project's account do not leave the project. */
export function withinPlace<T extends NewToken>(input: T, place: AccountPlace): T {
  if (place === 'fleet') return input;
  const other = input.projectIds?.findIndex((id) => id !== place.projectId) ?? -1;
  if (other === -1) return { ...input, projectIds: [place.projectId] };
  throw invalid(
    'invalid_input',
    'This service account belongs to another project: leave the projects out, or name its own.',
    `/projectIds/${other}`,
  );
}

export function placeOf(row: Pick<ServiceAccountRow, 'project_id'>): AccountPlace {
  return row.project_id === null ? 'fleet' : { projectId: fromUuid('prj', row.project_id) };
}

function nameTaken(name: string): AppError {
  const detail = `There is a service account ${name} already, perhaps in another project. Take another name.`;
  return conflict('service_account_exists', detail, [{ pointer: '/name', code: 'service_account_exists', detail }]);
}

function entry(row: ServiceAccountRow, changes: AuditEntry['changes']): AuditEntry {
  return {
    action: permission,
    target: {
      kind: 'service-account',
      id: fromUuid('sva', row.id),
      name: row.name,
      ...(row.project_id === null ? {} : { project: fromUuid('prj', row.project_id) }),
    },
    changes: changes ?? [],
  };
}

function toServiceAccount(row: ServiceAccountRow): ServiceAccount {
  return {
    id: fromUuid('sva', row.id),
    name: row.name,
    description: row.description,
    ...(row.project_id === null ? {} : { projectId: fromUuid('prj', row.project_id) }),
    disabled: row.disabled_at !== null,
    createdAt: row.created_at.toISOString(),
    activeTokens: row.active_tokens,
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
  };
}
