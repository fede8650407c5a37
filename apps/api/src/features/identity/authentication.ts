import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../platform/errors.ts';
import type { Authenticator } from '../../platform/http/ports.ts';
import { createLastKnownByKey } from '../../platform/last-known.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { Identity } from './identity.service.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { createTokenAuthentication } from './tokens.authenticate.ts';

/** Who sends a request, by session cookie or bearer token, and whether that still holds for an open stream. */
export interface Authentication extends Authenticator {
  isAlive(actor: Actor): Promise<boolean>;
  /** Forgets who was last known by which credential: something that rights depend on has changed, or may have. */
  forget(): void;
}

const maxKnown = 5000;

export function createAuthentication(deps: {
  identity: Identity;
  cookie: SessionCookie;
  tokens: ReturnType<typeof createTokenAuthentication>;
}): Authentication {
  const { identity, cookie, tokens } = deps;
  const known = createLastKnownByKey<Principal | undefined>(maxKnown);

  /**
   * While the database is away, whoever was known by this credential within 30 s may go on looking at what this process
   * knows. A change of rights is heard before or cannot be made; a write needs the database anyway.
   */
  async function recalled(
    request: FastifyRequest,
    credential: string,
    load: () => Promise<Principal | undefined>,
  ): Promise<Principal | undefined> {
    const isRead = (request.method === 'GET' || request.method === 'HEAD') && request.headers.upgrade === undefined;
    if (!isRead) return load();
    // Where it comes from is part of it: a token may be limited to networks.
    const key = createHash('sha256').update(`${request.ip}\n${credential}`).digest('base64');
    const { value, readAt } = await known.read(key, load);
    return readAt !== undefined && value !== undefined && isOver(value) ? undefined : value;
  }

  return {
    async authenticate(request) {
      const bearer = bearerOf(request);
      if (bearer !== undefined) {
        return recalled(request, `bearer ${bearer}`, async () => tokens.authenticate(bearer, request.ip));
      }
      const value = cookie.read(request);
      // Refreshing in the background is not use: a forgotten tab must not keep a session alive.
      const isUse = request.headers['x-quarterdeck-background'] === undefined;
      if (value === undefined) return undefined;
      return recalled(request, `cookie ${value}`, async () => identity.authenticate(value, isUse));
    },
    forget: known.drop,
    async isAlive(actor) {
      const { principal } = actor;
      if (principal.kind === 'system') return false;
      return principal.credential.kind === 'token' ? tokens.isAlive(actor) : identity.isAlive(actor);
    },
  };
}

/** By this host's clock, which alone can be asked then. */
function isOver(principal: Principal): boolean {
  return principal.kind !== 'system' && principal.credential.expiresAt.getTime() <= Date.now();
}

/** @throws AppError `unauthenticated` for an Authorization header of another kind */
function bearerOf(request: FastifyRequest): string | undefined {
  const header = request.headers.authorization;
  if (header === undefined) return undefined;
  const match = /^Bearer ([^\s]+)$/i.exec(header);
  if (match?.[1] !== undefined) return match[1];
  throw new AppError('unauthenticated', 401, 'Send the token as "Authorization: Bearer qdp_…".');
}
