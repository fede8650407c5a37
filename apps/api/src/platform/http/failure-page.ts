import type { FastifyReply } from 'fastify';
import type { AppError } from '../errors.ts';

/**
 * The answer to a navigation that failed: the status stays, and the page leads to one of ours that says in its own
 * words what the code means. Nothing of the request or of the other side is written into it.
 */
export function sendFailurePage(reply: FastifyReply, page: `/${string}`, error: AppError): FastifyReply {
  const code = /^[a-z][a-z0-9_]*$/.test(error.code) ? error.code : 'internal';
  const target = `${page}?problem=${code}`;
  return reply
    .code(error.status)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
    .send(
      `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${target}">` +
        `<title>Quarterdeck</title><p>That did not work. <a href="${target}">Go on</a></p></html>\n`,
    );
}
