import { createHash, timingSafeEqual } from 'node:crypto';
import type { HookSource } from '@quarterdeck/contracts';
import { signingKeyOf } from './hook-secret.ts';
import { signWebhook } from './sign-webhook.ts';

export type HookHeaders = Readonly<Record<string, string | string[] | undefined>>;

export type HookAttempt = {
  source: HookSource;
  secret: string;
  requireSignature: boolean;
  headers: HookHeaders;
  /** The bytes as they came: nothing is parsed before this says yes. */
  body: Buffer;
  /** The database's time. */
  now: Date;
};

/** `replayable`: proven by a plain token, so whoever reads one delivery can send it again. */
export type HookProof = { replayable: boolean } | { refused: 'hook_unverified' | 'hook_too_old' };

const toleranceMs = 5 * 60_000;
const unverified: HookProof = { refused: 'hook_unverified' };

/**
 * Whether a delivery comes from whoever was given the secret of the hook. A signature that is there must hold: a bad one
 * is not saved by a good token.
 */
export function verifyHook(attempt: HookAttempt): HookProof {
  const { source, secret, headers } = attempt;
  if (source !== 'gitlab') {
    const given = one(headers.authorization);
    // Harbor copies what people type, with or without the scheme.
    return isSame(given.replace(/^Bearer /i, ''), secret) ? { replayable: true } : unverified;
  }
  if (attempt.requireSignature || headers['webhook-signature'] !== undefined) return verifySignature(attempt);
  return isSame(one(headers['x-gitlab-token']), secret) ? { replayable: true } : unverified;
}

function verifySignature({ secret, headers, body, now }: HookAttempt): HookProof {
  const id = one(headers['webhook-id']);
  const timestamp = one(headers['webhook-timestamp']);
  if (id === '' || !/^\d{1,12}$/.test(timestamp)) return unverified;
  const expected = signWebhook(signingKeyOf(secret), { id, timestamp, body });
  // While a secret changes over, a sender may sign with both.
  const given = one(headers['webhook-signature']).split(' ').slice(0, 4);
  const holds = given.map((signature) => isSame(signature, expected)).includes(true);
  if (!holds) return unverified;
  // Only who can sign learns that the time is wrong.
  return Math.abs(now.getTime() - Number(timestamp) * 1000) > toleranceMs
    ? { refused: 'hook_too_old' }
    : { replayable: false };
}

/** In a time that does not depend on where they differ, or on their lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected)) && given !== '';
}

function one(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : '';
}
