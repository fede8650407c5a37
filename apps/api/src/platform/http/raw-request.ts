import type { IncomingMessage } from 'node:http';

/** Why a request is refused before routing, with the status to answer; `undefined` when it may go on. */
export type RawRefusal = { status: number; code: string; title: string; detail: string };

const maxUrlBytes = 8192;
const maxHeaders = 100;
const printableFromOneSlash = /^\/(?!\/)[\x21-\x7e]*$/;
const connectionWords = new Set(['close', 'keep-alive', 'upgrade']);

/**
 * The raw request line and headers, before anything normalises them: Node passes absolute-form targets and `#` on, and
 * a router that decodes `%2f` or `..` authorises another path than the one it serves.
 */
export function refuseRawRequest(request: Pick<IncomingMessage, 'url' | 'rawHeaders'>): RawRefusal | undefined {
  const url = request.url ?? '';
  return refuseTarget(url) ?? refuseSecret(url) ?? refuseHeaders(request.rawHeaders);
}

function refuseTarget(url: string): RawRefusal | undefined {
  if (url.length > maxUrlBytes) {
    return { status: 414, code: 'too_large', title: 'Too large', detail: 'The URL is longer than 8 KiB.' };
  }
  const path = url.split('?', 1)[0] ?? '';
  const isPlain =
    printableFromOneSlash.test(url) &&
    !/[#\\]/.test(url) &&
    !/\/\/|;/.test(path) &&
    !/%(2f|5c|2e|25|00|3b)/i.test(path) &&
    !path.split('/').some((segment) => segment === '.' || segment === '..');
  if (isPlain) return undefined;
  return invalid(
    'The path must be plain: no double slashes, dot segments, fragments, or encoded slashes, dots and percents.',
  );
}

const secretNames = new Set(['token', 'access_token', 'id_token', 'bearer_token', 'job_token', 'authorization']);
const tokenShape = /qd[psw]_[0-9A-Za-z]{16}_/;

/** A query parameter that is meant for a secret, however it is encoded, or a token of ours anywhere. */
function refuseSecret(url: string): RawRefusal | undefined {
  const start = url.indexOf('?');
  const query = start === -1 ? [] : [...new URLSearchParams(url.slice(start))];
  const carriesSecret =
    tokenShape.test(url) ||
    query.some(([name, value]) => secretNames.has(name.trim().toLowerCase()) || tokenShape.test(value));
  if (!carriesSecret) return undefined;
  return invalid(
    'A token does not belong in a URL, where logs and histories keep it: send it as Authorization: Bearer.',
  );
}

function refuseHeaders(rawHeaders: readonly string[]): RawRefusal | undefined {
  const headers: [string, string][] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.push([(rawHeaders[index] ?? '').toLowerCase(), rawHeaders[index + 1] ?? '']);
  }
  if (headers.length > maxHeaders) {
    const detail = 'The request has more than 100 headers.';
    return { status: 431, code: 'headers_too_large', title: 'Headers too large', detail };
  }
  const names = new Map(headers);
  for (const [name, value] of headers) {
    if (name.includes('_')) return invalid('A header name holds an underscore.');
    // Who acts is the session's or the token's matter; a stripped header would hide that somebody tried.
    if (name.startsWith('impersonate-')) return invalid('Impersonation headers are not taken from a request.');
    if (name === 'connection' && !onlyKnownWords(value)) {
      return invalid('The header Connection may say close, keep-alive or upgrade, and name no other header.');
    }
  }
  const upgrade = names.get('upgrade')?.toLowerCase();
  // Older clients of Kubernetes post to upgrade to SPDY and say that they send nothing; they are told why not later.
  const saysNothing = upgrade !== 'websocket' && names.get('content-length') === '0';
  const hasBody = names.has('transfer-encoding') || (names.has('content-length') && !saysNothing);
  if (upgrade !== undefined && hasBody) return invalid('An upgrade takes no body.');
  return undefined;
}

function onlyKnownWords(value: string): boolean {
  return value
    .toLowerCase()
    .split(',')
    .every((word) => connectionWords.has(word.trim()));
}

function invalid(detail: string): RawRefusal {
  return { status: 400, code: 'invalid_request', title: 'Invalid request', detail };
}
