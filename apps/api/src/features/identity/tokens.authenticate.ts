import { createHmac } from 'node:crypto';
import { AppError } from '../../platform/errors.ts';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, Actor } from '../../platform/principal.ts';
import { timeText } from '../../platform/time-text.ts';
import type { Audit } from '../audit/index.ts';
import { parseToken, type TokenParts } from './token-format.ts';
import { isAllowedFrom, toLimits } from './token-limits.ts';
import type { TokenRow, TokensStore } from './tokens.store.ts';

/**
 * What is stored of a token, and what it is found by. Keyed, so that a stolen table alone tells nothing; over id and
 * secret, so that a wrong secret and an unknown id are the same: an HMAC that no row has.
 */
export function secretHmac(pepper: Buffer, { kind, lookup, secret }: TokenParts): Buffer {
  return createHmac('sha256', pepper).update(`token\n${kind}\n${lookup}\n${secret}`).digest();
}

/**
 * Tokens in requests. Who does not know the secret learns nothing: unknown id and wrong secret take the same steps and
 * get the same answer. Who does is told why the token no longer works.
 */
export function createTokenAuthentication(deps: { store: TokensStore; audit: Audit; pepper: Buffer }) {
  const { store, audit, pepper } = deps;

  async function whyRefused(row: TokenRow, ip: string): Promise<string | undefined> {
    if (row.state === 'revoked') return 'This token was revoked. Make a new one.';
    if (row.state === 'expired') return `This token expired ${timeText(row.expires_at)}. Make a new one.`;
    if (row.owner_disabled) return 'The account of this token is disabled.';
    if (row.owner_stale)
      return 'Its owner has not signed in at their provider for 30 days. Sign in once to use it again.';
    if (isAllowedFrom(ip, row.cidrs)) return undefined;
    // Known secret, foreign network: the mark of a stolen token.
    if (await store.noteRefusal(row.id)) {
      await audit.record({ principal: toPrincipal(row), via: 'token', ip }, [
        {
          action: 'identity:self',
          outcome: 'denied',
          code: 'token_network_refused',
          target: { kind: 'token', id: fromUuid('tok', row.id), name: row.name },
        },
      ]);
    }
    return `This token may not be used from ${ip}: ask its owner which networks it is for.`;
  }

  return {
    /**
     * The account behind a token.
     * @throws AppError `unauthenticated`
     */
    async authenticate(text: string, ip: string): Promise<AccountPrincipal> {
      const parts = parseToken(text);
      if (parts === undefined) throw unauthenticated();
      const row = await store.findByHmac(secretHmac(pepper, parts));
      if (row === undefined) throw unauthenticated();
      const refusal = await whyRefused(row, ip);
      if (refusal !== undefined) throw unauthenticated(refusal);
      if (row.stale) await store.touch(row.id, ip);
      return toPrincipal(row);
    },

    /** For open streams: does the token that opened it still work from there? */
    async isAlive({ principal, ip }: Actor): Promise<boolean> {
      if (principal.kind === 'system' || principal.credential.kind !== 'token') return false;
      const row = await store.findLive(toUuid(principal.credential.id));
      return row !== undefined && !row.owner_disabled && !row.owner_stale && isAllowedFrom(ip ?? '', row.cidrs);
    },
  };
}

export function toPrincipal(row: TokenRow): AccountPrincipal {
  // Networks are judged here, at the door; the permission check knows places only.
  const { cidrs: _, ...limits } = toLimits(row);
  const credential = { kind: 'token', id: fromUuid('tok', row.id), expiresAt: row.expires_at, limits } as const;
  const { id, uuid, kind } = ownerOf(row);
  return {
    kind,
    id,
    name: row.owner_name,
    displayName: row.owner_display_name,
    credential,
    subjects: [uuid, ...row.owner_groups],
  };
}

/** The account a token acts as. */
export function ownerOf(row: TokenRow): { kind: 'user' | 'service-account'; id: string; uuid: string } {
  if (row.user_id !== null) return { kind: 'user', id: fromUuid('usr', row.user_id), uuid: row.user_id };
  if (row.service_account_id === null) throw new Error('A token without an owner is stored.');
  return { kind: 'service-account', id: fromUuid('sva', row.service_account_id), uuid: row.service_account_id };
}

function unauthenticated(detail = 'This token is not one of ours. Check that it was copied whole.'): AppError {
  return new AppError('unauthenticated', 401, detail);
}
