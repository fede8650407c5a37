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

  const names = request.rawHeaders.filter((_, index) => index % 2 === 0);
  if (names.length > maxHeaders) {
    return { status: 431, code: 'headers_too_large', detail: 'The request has more than 100 headers.' };
  }
  if (names.some((name) => name.includes('_'))) {
    return { status: 400, code: 'invalid_request', detail: 'A header name holds an underscore.' };
  }
  return undefined;
}

function badPath(): RawRefusal {
  return {
    status: 400,
    code: 'invalid_request',
    detail:
      'The path must be plain: no double slashes, dot segments, fragments, or encoded slashes, dots and percents.',
  };
}
