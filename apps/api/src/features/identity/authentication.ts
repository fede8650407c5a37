import type { FastifyRequest } from 'fastify';
import { AppError } from '../../platform/errors.ts';
import type { Authenticator } from '../../platform/http/ports.ts';
import type { Actor } from '../../platform/principal.ts';
import type { Identity } from './identity.service.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { createTokenAuthentication } from './tokens.authenticate.ts';

/** Who sends a request, by session cookie or bearer token, and whether that still holds for an open stream. */
export interface Authentication extends Authenticator {
  isAlive(actor: Actor): Promise<boolean>;
}

export function createAuthentication(deps: {
  identity: Identity;
  cookie: SessionCookie;
  tokens: ReturnType<typeof createTokenAuthentication>;
}): Authentication {
  const { identity, cookie, tokens } = deps;
  return {
    async authenticate(request) {
      const bearer = bearerOf(request);
      if (bearer !== undefined) return tokens.authenticate(bearer, request.ip);
      const value = cookie.read(request);
      // Refreshing in the background is not use: a forgotten tab must not keep a session alive.
      const isUse = request.headers['x-quarterdeck-background'] === undefined;
      return value === undefined ? undefined : identity.authenticate(value, isUse);
    },
    async isAlive(actor) {
      const { principal } = actor;
      if (principal.kind === 'system') return false;
      return principal.credential.kind === 'token' ? tokens.isAlive(actor) : identity.isAlive(actor);
    },
  };
}

/** @throws AppError `unauthenticated` for an Authorization header of another kind */
function bearerOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const match = /^Bearer ([^\s]+)$/i.exec(header);
  if (match?.[1] !== undefined) return match[1];
  throw new AppError('unauthenticated', 401, 'Send the token as "Authorization: Bearer qdp_…".');
}
