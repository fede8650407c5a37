import type { Cluster } from '@quarterdeck/contracts';
import type { ClusterRecord } from './clusters.store.ts';

/** Facts that the inventory knows of a cluster; it stands to our right, so it fills this port. */
export interface ClusterFacts {
  /** By cluster id: counts and the age of the oldest watched kind. */
  summarize(
    clusterIds: readonly string[],
  ): Promise<ReadonlyMap<string, { nodes: number; pods: number; asOf: Date | undefined }>>;
  streams(clusterId: string): Promise<
    readonly {
      kind: string;
      state: 'syncing' | 'streaming' | 'stale' | 'forbidden' | 'capped';
      rows: number;
      asOf: Date | undefined;
      error: string | undefined;
      skipped: number;
    }[]
  >;
}

/** A cluster as the API shows it: never its credential. */
export function toClusterView(
  cluster: ClusterRecord,
  facts: { nodes: number; pods: number; asOf: Date | undefined } | undefined,
): Cluster {
  const asOf = facts?.asOf ?? cluster.seenAt;
  return {
    id: cluster.id,
    detail: 'full',
    slug: cluster.slug,
    displayName: cluster.displayName,
    color: cluster.color,
    labels: cluster.labels,
    server: cluster.server,
    state: cluster.state,
    ...optional('stateReason', cluster.stateReason),
    stateSince: cluster.stateSince.toISOString(),
    unstable: cluster.unstable,
    ...optional('version', cluster.version),
    ...optional('latencyMs', cluster.latencyMs),
    ...optional('asOf', asOf?.toISOString()),
    credentialKind: cluster.credentialKind ?? 'token',
    ...optional('credentialExpiresAt', cluster.credentialExpiresAt?.toISOString()),
    credentialRenews: cluster.credentialRenews,
    ...optional('credentialRenewalError', cluster.renewalError),
    ...optional('nodes', facts?.nodes),
    ...optional('pods', facts?.pods),
    createdAt: cluster.createdAt.toISOString(),
  };
}

/** What somebody with a namespace in the cluster may know of it: nothing of how it is reached or who else is there. */
export function toLimitedView(cluster: Cluster): Cluster {
  return {
    id: cluster.id,
    detail: 'limited',
    slug: cluster.slug,
    displayName: cluster.displayName,
    color: cluster.color,
    labels: {},
    state: cluster.state,
    stateSince: cluster.stateSince,
    unstable: cluster.unstable,
    ...optional('version', cluster.version),
    ...optional('asOf', cluster.asOf),
    createdAt: cluster.createdAt,
  };
}

/** Leaves a key out instead of setting it to `undefined`. */
function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
