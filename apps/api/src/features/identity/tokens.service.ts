import type { Permission, Token, TokenLimitsInput, TokenState } from '@quarterdeck/contracts';
import { type TokenKind, tokenMaxDays, workloadTokenMinutes } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import { AppError, conflict, notFound } from '../../platform/errors.ts';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, Actor, Principal } from '../../platform/principal.ts';
import type { AuditEntry } from '../audit/index.ts';
import type { AccountPorts } from './account-ports.ts';
import type { OwnerGuard } from './owner-guard.ts';
import { newToken, shownPrefix } from './token-format.ts';
import { limitChanges, toLimits, toStoredLimits } from './token-limits.ts';
import { ownerOf, secretHmac, toPrincipal } from './tokens.authenticate.ts';
import type { TokenFilter, TokenOwner, TokenRow, TokensStore } from './tokens.store.ts';

export type NewToken = TokenLimitsInput & { name: string };
export type CreatedToken = { token: Token; secret: string };
export type TokenQuery = {
  limit: number;
  cursor?: string | undefined;
  q?: string | undefined;
  kind?: readonly TokenKind[] | undefined;
  state?: readonly TokenState[] | undefined;
  endsWithinDays?: number | undefined;
};
export type Tokens = ReturnType<typeof createTokens>;

const maxLiveTokens = 50;
const daySeconds = 86_400;

/** Tokens: made, listed, revoked. The secret exists in one answer and nowhere else. */
export function createTokens(deps: {
  store: TokensStore;
  ports: AccountPorts;
  owners: OwnerGuard;
  cursors: Cursors;
  pepper: Buffer;
}) {
  const { store, ports, owners, cursors, pepper } = deps;

  /** Within a change of the caller: writes the row and gives the text. */
  async function insert(
    tx: Transaction,
    options: {
      kind: TokenKind;
      owner: TokenOwner;
      createdBy: string | null;
      lifeSeconds: number;
      input: NewToken;
      id?: string;
      trustRuleId?: string;
    },
  ): Promise<{ row: TokenRow; text: string }> {
    const { kind, owner, input } = options;
    if (kind !== 'workload' && (await store.countLive(tx, owner)) >= maxLiveTokens) {
      throw conflict('too_many_tokens', `An account has at most ${maxLiveTokens} live tokens. Revoke one first.`);
    }
    const made = newToken(kind);
    const row = await store.insert(tx, {
      ...toStoredLimits(input),
      id: options.id ?? toUuid(newId('tok')),
      trustRuleId: options.trustRuleId ?? null,
      kind,
      lookup: made.lookup,
      secretHmac: secretHmac(pepper, made),
      name: input.name,
      owner,
      createdBy: options.createdBy,
      lifeSeconds: options.lifeSeconds,
    });
    return { row, text: made.text };
  }

  return {
    /** A token with which the signed-in person signs in elsewhere. */
    async createPersonal(actor: Actor, input: NewToken & { expiresInDays: number }): Promise<CreatedToken> {
      const person = signedInPerson(actor.principal);
      const { row, text } = await ports.mutate({ actor, permission: 'identity:self', target: 'any' }, async (tx) => {
        const created = await insert(tx, {
          kind: 'personal',
          owner: { userId: toUuid(person.id) },
          createdBy: person.name,
          lifeSeconds: Math.min(input.expiresInDays, tokenMaxDays.personal) * daySeconds,
          input,
        });
        return { value: created, audit: [createdEntry('identity:self', created.row)] };
      });
      return { token: toToken(row), secret: text };
    },

    /** A short token of the signed-in person, within the caller's change: for a kubeconfig. */
    async createShort(
      tx: Transaction,
      actor: Actor,
      { lifeSeconds, input }: { lifeSeconds: number; input: NewToken },
    ): Promise<CreatedToken & { audit: AuditEntry }> {
      const person = signedInPerson(actor.principal);
      const owner = { userId: toUuid(person.id) };
      const { row, text } = await insert(tx, { kind: 'personal', owner, createdBy: person.name, lifeSeconds, input });
      return { token: toToken(row), secret: text, audit: createdEntry('identity:self', row) };
    },

    /** A token of a service account, within the caller's change. */
    async createForService(
      tx: Transaction,
      options: { serviceAccountId: string; createdBy: string; input: NewToken & { expiresInDays: number } },
    ): Promise<CreatedToken & { audit: AuditEntry }> {
      const { row, text } = await insert(tx, {
        kind: 'service',
        owner: { serviceAccountId: toUuid(options.serviceAccountId) },
        createdBy: options.createdBy,
        lifeSeconds: Math.min(options.input.expiresInDays, tokenMaxDays.service) * daySeconds,
        input: options.input,
      });
      return { token: toToken(row), secret: text, audit: createdEntry('identity:service-accounts', row) };
    },

    /** A short token for a CI job, within the caller's change. Ids are uuids. */
    async createForWorkload(
      tx: Transaction,
      options: { id: string; trustRuleId: string; serviceAccountId: string; lifeMinutes: number; input: NewToken },
    ): Promise<CreatedToken & { audit: AuditEntry; principal: AccountPrincipal }> {
      const { row, text } = await insert(tx, {
        id: options.id,
        trustRuleId: options.trustRuleId,
        kind: 'workload',
        owner: { serviceAccountId: options.serviceAccountId },
        createdBy: null,
        lifeSeconds: Math.min(options.lifeMinutes, workloadTokenMinutes) * 60,
        input: options.input,
      });
      const audit = createdEntry('identity:service-accounts', row);
      return { token: toToken(row), secret: text, audit, principal: toPrincipal(row) };
    },

    /** Ends a token whose answer never arrived, within the caller's change. */
    async endUnseen(tx: Transaction, uuid: string): Promise<void> {
      if ((await store.revoke(tx, uuid, undefined)) !== undefined) await ports.raiseEpoch(tx);
    },

    async list(owner: TokenOwner | undefined, { limit, cursor, ...query }: TokenQuery) {
      const filter: TokenFilter = { ...query, owner };
      const scope = ['tokens', filter];
      const position = cursor === undefined ? undefined : cursors.verify<{ id: string }>(scope, cursor);
      const [rows, count] = await Promise.all([store.page(filter, position, limit + 1), store.count(filter)]);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toToken),
        ...(rows.length > limit && last !== undefined ? { nextCursor: cursors.sign(scope, { id: last.id }) } : {}),
        total: count.total,
        totalIsExact: count.exact,
      };
    },

    listOfPerson(principal: Principal, query: TokenQuery) {
      if (principal.kind !== 'user') throw peopleOnly();
      return this.list({ userId: toUuid(principal.id) }, query);
    },

    /** The token of this request. */
    async current(principal: Principal): Promise<Token> {
      if (principal.kind === 'system' || principal.credential.kind !== 'token')
        throw notFound('A token in this request');
      const row = await store.findLive(toUuid(principal.credential.id));
      if (row === undefined) throw notFound('This token');
      return toToken(row);
    },

    /** @throws AppError `not_found` also for a token of somebody else, and for one revoked before */
    async revoke(
      actor: Actor,
      options: {
        id: string;
        permission: Extract<Permission, `identity:${string}`>;
        target: 'any' | 'fleet' | { projectId: string };
        owner: TokenOwner | undefined;
      },
    ): Promise<void> {
      await ports.mutate({ actor, permission: options.permission, target: options.target }, async (tx) => {
        const row = await store.revoke(tx, toUuid(options.id), options.owner);
        if (row === undefined) throw notFound('This token');
        await owners.token(tx, actor.principal, ownerOf(row));
        await ports.raiseEpoch(tx);
        return {
          value: undefined,
          audit: [
            {
              action: options.permission,
              target: tokenTarget(row),
              changes: [
                { path: 'owner', after: ownerOf(row).id },
                { path: 'revoked', after: true },
              ],
            },
          ],
        };
      });
    },

    async revokeOfPerson(actor: Actor, id: string): Promise<void> {
      const { principal } = actor;
      if (principal.kind !== 'user') throw peopleOnly();
      const owner = { userId: toUuid(principal.id) };
      await this.revoke(actor, { id, permission: 'identity:self', target: 'any', owner });
    },

    sweep: () => store.sweep(),
  };
}

/** A token that could make tokens would outlive its own end and shed its limits. */
export function refuseTokens(principal: Principal): void {
  if (principal.kind === 'system' || principal.credential.kind === 'session') return;
  throw new AppError('step_up_required', 403, 'A token cannot make tokens. Sign in to the portal and make it there.');
}

function signedInPerson(principal: Principal) {
  refuseTokens(principal);
  if (principal.kind !== 'user') throw peopleOnly();
  return principal;
}

function peopleOnly(): AppError {
  return new AppError(
    'forbidden',
    403,
    'Only a person has personal tokens: a service account has those under its own name.',
  );
}

function tokenTarget(row: TokenRow): AuditEntry['target'] {
  return {
    kind: 'token',
    id: fromUuid('tok', row.id),
    name: row.name,
    ...(row.owner_project_id === null ? {} : { project: fromUuid('prj', row.owner_project_id) }),
  };
}

function createdEntry(action: Permission, row: TokenRow): AuditEntry {
  return {
    action,
    target: tokenTarget(row),
    changes: [
      { path: 'kind', after: row.kind },
      { path: 'owner', after: ownerOf(row).id },
      { path: 'expiresAt', after: row.expires_at.toISOString() },
      ...limitChanges(row),
    ],
  };
}

export function toToken(row: TokenRow): Token {
  const { kind, id } = ownerOf(row);
  return {
    id: fromUuid('tok', row.id),
    kind: row.kind,
    name: row.name,
    prefix: shownPrefix(row.kind, row.lookup),
    owner: { kind, id, name: row.owner_name },
    limits: toLimits(row),
    state: row.state,
    createdAt: row.created_at.toISOString(),
    ...(row.created_by === null ? {} : { createdBy: row.created_by }),
    expiresAt: row.expires_at.toISOString(),
    endsInDays: row.ends_in_days,
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at.toISOString() }),
    ...(row.last_used_ip === null ? {} : { lastUsedIp: row.last_used_ip }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
  };
}
