import { AppError } from '../../platform/errors.ts';
import { fromUuid } from '../../platform/ids.ts';
import type { AccountPrincipal, Credential, Principal } from '../../platform/principal.ts';
import type { SessionRow } from './sessions.store.ts';
import type { UserRow } from './users.store.ts';

/** The principal of a person with a session. */
export function toPrincipal(user: UserRow, session: SessionRow): AccountPrincipal {
  return {
    kind: 'user',
    id: fromUuid('usr', user.id),
    name: user.name,
    displayName: user.display_name,
    credential: { kind: 'session', id: fromUuid('ses', session.id), expiresAt: session.expires_at },
    subjects: [user.id],
  };
}

/** @throws AppError `forbidden` for programs: they have neither profile nor sessions */
export function userOf(principal: Principal): AccountPrincipal {
  if (principal.kind !== 'user') throw new AppError('forbidden', 403, 'Only people have a profile and sessions.');
  return principal;
}

/** @throws AppError `forbidden` for a token */
export function sessionOf({ credential }: AccountPrincipal): Credential & { kind: 'session' } {
  if (credential.kind !== 'session')
    throw new AppError('forbidden', 403, 'A token has no session. Ask GET /api/v1/me/token.');
  return credential;
}
