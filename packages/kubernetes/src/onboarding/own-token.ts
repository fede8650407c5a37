import type { ClusterClient, Identity } from '../transport/cluster-client.ts';
import { names } from './manifest.ts';

/** A token of our own ServiceAccount and its end, by the cluster's clock. */
export type OwnToken = { token: string; expiresAt: Date };

/** The cluster gave no token. */
export class OwnTokenRefused extends Error {
  readonly status: number;
  constructor(status: number, said: string) {
    super(`The cluster gives no token for ServiceAccount ${names.namespace}/${names.serviceAccount}: ${said}`);
    this.name = 'OwnTokenRefused';
    this.status = status;
  }
}

/** A week: the longest outage that a renewed token survives at best, half of it at worst. A cluster may grant less. */
export const ownTokenSeconds = 7 * 24 * 3600;

/**
 * Asks the cluster for a token of our ServiceAccount by a TokenRequest.
 * @param identity the worker, or `self` for a pasted credential that sets us up
 * @throws OwnTokenRefused where it says no, or answers with something else
 */
export async function requestOwnToken(client: ClusterClient, identity: Identity | 'self'): Promise<OwnToken> {
  const answer = await client.request<{
    message?: unknown;
    status?: { token?: unknown; expirationTimestamp?: unknown };
  }>({
    method: 'POST',
    path: ownTokenPath,
    identity,
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { expirationSeconds: ownTokenSeconds },
    },
  });
  const { token, expirationTimestamp } = answer.body?.status ?? {};
  const expiresAt = new Date(String(expirationTimestamp));
  if (answer.status >= 300 || typeof token !== 'string' || Number.isNaN(expiresAt.getTime())) {
    const said = answer.body?.message;
    throw new OwnTokenRefused(answer.status, typeof said === 'string' ? said.slice(0, 300) : `status ${answer.status}`);
  }
  return { token, expiresAt };
}

export const ownTokenPath = `/api/v1/namespaces/${names.namespace}/serviceaccounts/${names.serviceAccount}/token`;
