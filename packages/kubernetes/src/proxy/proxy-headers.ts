import type { IncomingHttpHeaders } from 'node:http';

const passedIn = ['accept', 'accept-encoding', 'content-type', 'if-none-match', 'traceparent'] as const;

const passedOut = [
  'audit-id',
  'content-encoding',
  'content-length',
  'content-type',
  'etag',
  'last-modified',
  'retry-after',
  'vary',
  'warning',
  'x-kubernetes-pf-flowschema-uid',
  'x-kubernetes-pf-prioritylevel-uid',
] as const;

/** What a browser would run or render, had it the chance. */
const rendered = /html|xml|svg|script/i;

/** The headers of a request that go on to the cluster; identity and credential are added where it is sent. */
export function headersIn(given: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    passedIn.flatMap((name) => {
      const value = given[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

/**
 * The headers of an answer that reach the client. Cookies, redirects, CORS and what else belongs to an origin do not:
 * the answer comes from ours, and nothing in it may be taken for a page of ours.
 */
export function headersOut(given: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept = Object.fromEntries(
    passedOut.flatMap((name) => {
      const value = given[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  if (rendered.test(String(kept['content-type'] ?? ''))) kept['content-type'] = 'text/plain; charset=utf-8';
  return {
    ...kept,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  };
}
