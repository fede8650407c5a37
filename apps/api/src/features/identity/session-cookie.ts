import type { FastifyReply, FastifyRequest } from 'fastify';

/** `__Host-` needs https; plain http is served on loopback alone, under another name. */
export type SessionCookie = {
  read(request: FastifyRequest): string | undefined;
  set(reply: FastifyReply, value: string): void;
  clear(reply: FastifyReply): void;
};

/** The cookies of identity. `login` is Lax: it must come back with the navigation from the provider. */
export type IdentityCookies = { session: SessionCookie; login: SessionCookie; device: SessionCookie };

const loginSeconds = 600;
const deviceSeconds = 180 * 86_400;

export function createIdentityCookies({ loopback }: { loopback: boolean }): IdentityCookies {
  const cookie = (secure: string, local: string, options: { sameSite: 'strict' | 'lax'; maxAge?: number }) => {
    const name = loopback ? local : secure;
    const attributes = { path: '/', httpOnly: true, secure: !loopback, ...options };
    return {
      read: (request: FastifyRequest) => request.cookies[name],
      set: (reply: FastifyReply, value: string) => void reply.setCookie(name, value, attributes),
      clear: (reply: FastifyReply) => void reply.clearCookie(name, { ...attributes, maxAge: 0 }),
    };
  };
  return {
    session: cookie('__Host-qd', 'qd-local', { sameSite: 'strict' }),
    login: cookie('__Host-qd-login', 'qd-local-login', { sameSite: 'lax', maxAge: loginSeconds }),
    device: cookie('__Host-qd-device', 'qd-local-device', { sameSite: 'strict', maxAge: deviceSeconds }),
  };
}
