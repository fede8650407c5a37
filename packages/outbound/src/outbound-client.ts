import { createHash } from 'node:crypto';
import { Pool } from 'undici';
import type { AddressGuard } from './address-guard.ts';
import { OutboundError, toOutboundError } from './failures.ts';
import { createGuardedConnector, createTlsContext, type TargetTrust } from './guarded-connector.ts';

/** The part of a request that goes out. Compatible with what libraries hand to a custom `fetch`. */
export type OutboundRequest = {
  method?: string | undefined;
  headers?: Headers | Record<string, string> | [string, string][] | undefined;
  body?: unknown;
  signal?: AbortSignal | null | undefined;
};

/** Sends one request to an https URL. Resolves for every status; a redirect is an answer like any other. */
export type OutboundFetch = (url: string, request?: OutboundRequest) => Promise<Response>;

export interface OutboundClient {
  /** A `fetch` for one target: its trust, its connections, nothing shared with another target. */
  fetchFor(trust: Pick<TargetTrust, 'caPem'>): OutboundFetch;
  close(): Promise<void>;
}

export type OutboundClientOptions = {
  guard: AddressGuard;
  /** Names of headers that may leave, lower case; anything else is dropped. */
  allowedHeaders: readonly string[];
  /** Until the answer is complete; default 10,000 ms. */
  timeoutMs?: number;
  /** Largest answer taken; default 1 MiB. */
  maxAnswerBytes?: number;
};

const maxTargets = 100;

/**
 * The guarded way to everything that is not a cluster: https only, no credentials in the URL, addresses checked at the
 * connect, TLS verified against the target's own authority, headers by allow-list, redirects never followed, answers
 * and time bounded, no cookies, no cache.
 */
export function createOutboundClient(options: OutboundClientOptions): OutboundClient {
  const timeoutMs = options.timeoutMs ?? 10_000;
  const maxAnswerBytes = options.maxAnswerBytes ?? 1_048_576;
  const allowed = new Set(options.allowedHeaders);
  const pools = new Map<string, Pool>();

  function poolOf(url: URL, caPem: string | undefined): Pool {
    const key = `${url.origin} ${createHash('sha256')
      .update(caPem ?? '')
      .digest('base64')}`;
    const existing = pools.get(key);
    if (existing !== undefined) return existing;
    const connect = createGuardedConnector({
      port: url.port === '' ? 443 : Number(url.port),
      guard: options.guard,
      connectTimeoutMs: 5000,
      tlsContext: createTlsContext({ caPem }),
    });
    const pool = new Pool(url.origin, { connect, connections: 4, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
    pools.set(key, pool);
    const oldest = pools.keys().next().value;
    if (pools.size > maxTargets && oldest !== undefined) {
      void pools.get(oldest)?.close();
      pools.delete(oldest);
    }
    return pool;
  }

  async function send(text: string, request: OutboundRequest, caPem: string | undefined): Promise<Response> {
    const url = checkedUrl(text);
    const headers: Record<string, string> = {};
    for (const [name, value] of new Headers(request.headers ?? {})) if (allowed.has(name)) headers[name] = value;
    const time = AbortSignal.timeout(timeoutMs);
    const signal = request.signal == null ? time : AbortSignal.any([time, request.signal]);
    try {
      const sent = await poolOf(url, caPem).request({
        method: (request.method ?? 'GET') as 'GET',
        path: `${url.pathname}${url.search}`,
        headers: { ...headers, 'user-agent': 'quarterdeck' },
        body: request.body == null ? null : String(request.body),
        signal,
      });
      const body = await readCapped(sent.body, url.host, maxAnswerBytes);
      const isEmpty = [101, 204, 205, 304].includes(sent.statusCode);
      return new Response(isEmpty ? null : body, { status: sent.statusCode, headers: flatHeaders(sent.headers) });
    } catch (error) {
      if (time.aborted) {
        throw new OutboundError('timeout', `${url.host} did not answer within ${timeoutMs} ms.`, { cause: error });
      }
      if (signal.aborted) throw new OutboundError('aborted', 'The request was given up.', { cause: error });
      throw toOutboundError(error, url.host);
    }
  }

  return {
    fetchFor:
      ({ caPem }) =>
      (url, request = {}) =>
        send(url, request, caPem),
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

/** @throws OutboundError `url_refused` */
function checkedUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || url.protocol !== 'https:') {
    throw new OutboundError('url_refused', 'Only https addresses are dialled.');
  }
  if (url.username !== '' || url.password !== '') {
    throw new OutboundError('url_refused', 'An address must not hold a user name or a password.');
  }
  return url;
}

async function readCapped(
  body: AsyncIterable<Buffer>,
  host: string,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop destroys the stream: the rest is not read.
    if (bytes > maxBytes)
      throw new OutboundError('answer_too_large', `${host} answered with more than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

function flatHeaders(headers: Record<string, string | string[] | undefined>): Headers {
  const flat = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    // Nothing of ours keeps another server's cookies.
    if (name === 'set-cookie' || value === undefined) continue;
    for (const item of [value].flat()) flat.append(name, item);
  }
  return flat;
}
