import { createHash } from 'node:crypto';
import { type AddressGuard, createOutboundClient } from '@quarterdeck/outbound';
import { createRemoteJWKSet, customFetch, type FetchImplementation, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

const discoverySchema = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https$/ }) });
const discoveryMs = 60 * 60_000;
const cooldownMs = 30_000;
const timeoutMs = 5000;
const maxIssuers = 100;

/** The issuer does not answer, or not with what OpenID Connect says. */
export class IssuerError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'IssuerError';
  }
}

/**
 * Signing keys of issuers, found through discovery and kept; an unknown key id asks again, at most every 30 s, so that
 * made-up tokens cannot make us knock at GitLab.
 */
export function createIssuerKeys({ guard }: { guard: AddressGuard }) {
  const outbound = createOutboundClient({ guard, allowedHeaders: ['accept'], timeoutMs });
  const known = new Map<string, { keys: Promise<JWTVerifyGetKey>; until: number }>();

  async function discover(issuer: string, caPem: string | undefined): Promise<JWTVerifyGetKey> {
    const fetch = outbound.fetchFor({ caPem });
    const document = await readDiscovery(issuer, (url) => fetch(url, { headers: { accept: 'application/json' } }));
    return createRemoteJWKSet(new URL(document.jwks_uri), {
      [customFetch]: fetch as FetchImplementation,
      cooldownDuration: cooldownMs,
      timeoutDuration: timeoutMs,
    });
  }

  return {
    /** @throws IssuerError */
    of(issuer: string, caPem: string | undefined): Promise<JWTVerifyGetKey> {
      const key = `${issuer} ${createHash('sha256')
        .update(caPem ?? '')
        .digest('base64')}`;
      const entry = known.get(key);
      if (entry !== undefined && performance.now() < entry.until) return entry.keys;
      const keys = discover(issuer, caPem);
      known.set(key, { keys, until: performance.now() + discoveryMs });
      keys.catch(() => known.delete(key));
      const oldest = known.keys().next().value;
      if (known.size > maxIssuers && oldest !== undefined) known.delete(oldest);
      return keys;
    },
    close: () => outbound.close(),
  };
}

async function readDiscovery(issuer: string, get: (url: string) => Promise<Response>) {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  let answer: unknown;
  try {
    const response = await get(url);
    if (response.status !== 200) throw new IssuerError(`It answered ${response.status} at ${url}.`);
    answer = await response.json();
  } catch (error) {
    if (error instanceof IssuerError) throw error;
    throw new IssuerError(`Its discovery document at ${url} could not be read.`, { cause: error });
  }
  const parsed = discoverySchema.safeParse(answer);
  if (!parsed.success || parsed.data.issuer !== issuer) {
    throw new IssuerError(`The document at ${url} is not the one of this issuer.`);
  }
  if (new URL(parsed.data.jwks_uri).origin !== new URL(issuer).origin) {
    throw new IssuerError('Its keys are on another server.');
  }
  return parsed.data;
}
