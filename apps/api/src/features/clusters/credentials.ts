import type { Transaction } from '@quarterdeck/database';
import type { ClusterCredential } from '@quarterdeck/kubernetes';
import type { Envelopes } from '../../platform/crypto/envelope.ts';
import { AppError } from '../../platform/errors.ts';
import { toUuid } from '../../platform/ids.ts';
import type { ClustersStore } from './clusters.store.ts';

/** Credentials of clusters: write-only but for the one reader that dials. */
export interface ClusterCredentials {
  /**
   * `renewing`: the worker replaces it at half of the time that is left to `expiresAt`. `isRenewal`: it is the one that
   * replaces; what is open by the one before goes on.
   */
  put(
    tx: Transaction,
    clusterId: string,
    credential: ClusterCredential,
    life: { expiresAt: Date | undefined; renewing: boolean; isRenewal: boolean },
  ): Promise<void>;
  /** @throws AppError 503 when the cluster has none (it is being removed, or was saved unverified) */
  open(clusterId: string): Promise<ClusterCredential>;
}

export function createClusterCredentials(deps: { store: ClustersStore; envelopes: Envelopes }): ClusterCredentials {
  const { store, envelopes } = deps;
  const place = (clusterId: string) => ({ table: 'clusters_credential', column: 'sealed', rowId: toUuid(clusterId) });
  return {
    async put(tx, clusterId, credential, life) {
      const sealed = envelopes.seal(place(clusterId), JSON.stringify(credential));
      await store.putCredential(tx, clusterId, { kind: credential.kind, sealed, ...life });
    },
    async open(clusterId) {
      const row = await store.sealedCredential(clusterId);
      if (row === undefined) {
        throw new AppError(
          'cluster_unreachable',
          503,
          'This cluster has no credential. Give it a new one on its settings page.',
        );
      }
      return JSON.parse(envelopes.open(place(clusterId), row.sealed).reveal('dial the cluster')) as ClusterCredential;
    },
  };
}
