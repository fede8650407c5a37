import type { IncomingMessage } from 'node:http';

/** Why a request is refused before routing, with the status to answer; `undefined` when it may go on. */
export type RawRefusal = { status: number; code: string; detail: string };

const maxUrlBytes = 8192;
const maxHeaders = 100;
const printableFromOneSlash = /^\/(?!\/)[\x21-\x7e]*$/;

/**
 * The raw request line and headers, before anything normalises them: Node passes absolute-form targets and `#` on, and
 * a router that decodes `%2f` or `..` authorises another path than the one it serves.
 */
export function refuseRawRequest(request: Pick<IncomingMessage, 'url' | 'rawHeaders'>): RawRefusal | undefined {
  const url = request.url ?? '';
  if (url.length > maxUrlBytes) return { status: 414, code: 'too_large', detail: 'The URL is longer than 8 KiB.' };
  const path = url.split('?', 1)[0] ?? '';
  if (!printableFromOneSlash.test(url) || url.includes('#') || url.includes('\\')) return badPath();
  if (path.includes('//') || path.includes(';')) return badPath();
  if (/%(2f|5c|2e|25|00|3b)/i.test(path)) return badPath();
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) return badPath();

  if (carriesSecret(url)) {
    return {
      status: 400,
      code: 'invalid_request',
      detail: 'A token does not belong in a URL, where logs and histories keep it: send it as Authorization: Bearer.',
    };
  }

  const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
  if (names.length > maxHeaders) {
    return { status: 431, code: 'headers_too_large', detail: 'The request has more than 100 headers.' };
  }
  if (names.some((name) => name.includes('_'))) {
    return { status: 400, code: 'invalid_request', detail: 'A header name holds an underscore.' };
  }
  return undefined;
}

const secretNames = new Set(['token', 'access_token', 'id_token', 'bearer_token', 'authorization']);
const tokenShape = /qd[psw]_[0-9A-Za-z]{16}_/;

/** A query parameter that is meant for a secret, however it is encoded, or a token of ours anywhere. */
function carriesSecret(url: string): boolean {
  if (tokenShape.test(url)) return true;
  const start = url.indexOf('?');
  if (start === -1) return false;
  return [...new URLSearchParams(url.slice(start))].some(
    ([name, value]) => secretNames.has(name.trim().toLowerCase()) || tokenShape.test(value),
  );
}

function badPath(): RawRefusal {
  return {
    status: 400,
    code: 'invalid_request',
    detail:
      'The path must be plain: no double slashes, dot segments, fragments, or encoded slashes, dots and percents.',
  };
}
