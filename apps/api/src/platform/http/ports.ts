import type { Permission, ProblemItem } from '@quarterdeck/contracts';
import type { FastifyRequest } from 'fastify';
import type { Actor, PermissionTarget, Principal } from '../principal.ts';

/** Finds who sends a request. `undefined` means nobody: an expired or unknown session is nobody too. */
export interface Authenticator {
  authenticate(request: FastifyRequest): Promise<Principal | undefined>;
}

/**
 * The one check. `'any'`: the permission somewhere (the feature then filters its list), `'fleet'`: at fleet scope,
 * `'self'`: anybody signed in, a list: on each of them. Resolves when allowed; raises 403 or 404 when not, after writing the denial down.
 */
export interface Authorizer {
  check(actor: Actor, permission: Permission, target: CheckedTarget, options?: CheckOptions): Promise<void>;
}

/** `isKnown`: whoever asks may know that the place exists, so a refusal is always 403 and names the permission. */
export type CheckOptions = { isKnown?: boolean };

export type CheckedTarget = 'any' | 'fleet' | 'self' | PermissionTarget | readonly PermissionTarget[];

export type StoredAnswer = { status: number; body: unknown };

/** Remembers answers by `Idempotency-Key` for at least 24 h. */
export interface IdempotencyStore {
  /**
   * `run`: do the work; `replay`: it was done; `busy`: it is being done; `differs`: the key was used for something
   * else; `answer-lost`: it was done, and nobody knows the answer any more.
   */
  begin(
    key: IdempotencyKey,
  ): Promise<
    { outcome: 'run' } | { outcome: 'replay'; answer: StoredAnswer } | { outcome: 'busy' | 'differs' | 'answer-lost' }
  >;
  finish(key: IdempotencyKey, answer: StoredAnswer): Promise<void>;
  /** Forget a failed attempt, so that the same key may try again. */
  abandon(key: IdempotencyKey): Promise<void>;
}

export type IdempotencyKey = { owner: string; endpoint: string; key: string; requestSha256: string };

export type { ProblemItem };
