import { AppError } from '../../platform/errors.ts';
import { fromUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, Credential, Principal } from '../../platform/principal.ts';
import type { SessionRow } from './sessions.store.ts';
import type { UserRow } from './users.store.ts';

/**
 * The principal of a person with a session.
 * @param subjects the uuids that grants may name; the account alone unless told
 */
export function toPrincipal(
  user: UserRow,
  session: SessionRow,
  { subjects = [user.id], steppedUp = true }: { subjects?: readonly string[]; steppedUp?: boolean } = {},
): AccountPrincipal {
  return {
    kind: 'user',
    id: fromUuid('usr', user.id),
    name: user.name,
    displayName: user.display_name,
    credential: { kind: 'session', id: fromUuid('ses', session.id), expiresAt: session.expires_at, steppedUp },
    subjects,
  };
}

/** @throws AppError `forbidden` for programs: they have neither profile nor sessions */
export function userOf(principal: Principal): AccountPrincipal {
  if (principal.kind !== 'user') throw new AppError('forbidden', 403, 'Only people have a profile and sessions.');
  return principal;
}

/**
 * A person at a browser: what a token must not do for them.
 * @throws AppError `forbidden`
 */
export function personAtBrowser(principal: Principal): AccountPrincipal {
  const user = userOf(principal);
  sessionOf(user);
  return user;
}

/** @throws AppError `forbidden` for a token */
export function sessionOf({ credential }: AccountPrincipal): Credential & { kind: 'session' } {
  if (credential.kind !== 'session')
    throw new AppError('forbidden', 403, 'A token has no session. Ask GET /api/v1/me/token.');
  return credential;
}
