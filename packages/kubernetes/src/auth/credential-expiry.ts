import { X509Certificate } from 'node:crypto';
import type { ClusterCredential } from '../transport/cluster-client.ts';

/** When the credential stops working, where it says so itself: `exp` of a JWT, the end of a certificate. */
export function credentialExpiry(credential: ClusterCredential): Date | undefined {
  if (credential.kind === 'client_certificate') {
    const date = new Date(new X509Certificate(credential.certPem).validTo);
    return Number.isNaN(date.getTime()) ? undefined : date;
  }
  const seconds = claimsOf(credential.token)?.exp;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return undefined;
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Claims of a JWT, unverified: only the cluster can judge them. */
function claimsOf(token: string): { exp?: unknown } | undefined {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}
