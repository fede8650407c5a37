import type { FastifyReply, FastifyRequest } from 'fastify';

/** `__Host-` needs https; plain http is served on loopback alone, under another name. */
export type SessionCookie = {
  read(request: FastifyRequest): string | undefined;
  set(reply: FastifyReply, value: string): void;
  clear(reply: FastifyReply): void;
};

export function createSessionCookie({ loopback }: { loopback: boolean }): SessionCookie {
  const name = loopback ? 'qd-local' : '__Host-qd';
  const attributes = { path: '/', httpOnly: true, secure: !loopback, sameSite: 'strict' } as const;
  return {
    read: (request) => request.cookies[name],
    set: (reply, value) => void reply.setCookie(name, value, attributes),
    clear: (reply) => void reply.clearCookie(name, attributes),
  };
}
