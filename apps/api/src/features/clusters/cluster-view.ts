import type { Cluster } from '@quarterdeck/contracts';
import type { Principal } from '../../platform/principal.ts';
import type { ClusterRecord } from './clusters.store.ts';

/** Nodes and pods of a cluster; what somebody sees none of is left out. */
export type ClusterSize = { nodes: number | undefined; pods: number | undefined };

/** Facts that the inventory knows of a cluster; it stands to our right, so it fills this port. */
export interface ClusterFacts {
  /** By cluster id: the age of the oldest watched kind. */
  ages(clusters: readonly ClusterRecord[]): Promise<ReadonlyMap<string, Date | undefined>>;
  /** By cluster id: how much somebody sees there, by the portal's grants and the cluster's own RBAC, as in lists. */
  sizes(principal: Principal, clusterIds: readonly string[]): Promise<ReadonlyMap<string, ClusterSize>>;
  /** By cluster id: kinds whose watch was lost, or whose first reading fails; one that goes on is no trouble. */
  behind(clusters: readonly ClusterRecord[]): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Where each watch of a cluster stands. */
  streams(clusterId: string): Promise<
    readonly {
      kind: string;
      state: 'syncing' | 'streaming' | 'stale' | 'forbidden' | 'capped';
      asOf: Date | undefined;
      error: string | undefined;
      skipped: number;
    }[]
  >;
  /** Objects by kind, as far as somebody sees them; kinds of which they see none are left out. */
  rows(principal: Principal, clusterId: string): Promise<ReadonlyMap<string, number>>;
  /** Watches that stood still, were refused or cut short in the last hours, newest first. */
  incidents(
    clusterId: string,
    hours: number,
  ): Promise<
    readonly {
      kind: string;
      state: 'stale' | 'forbidden' | 'capped';
      error: string | undefined;
      beganAt: Date;
      endedAt: Date | undefined;
    }[]
  >;
}

/** A cluster as the API shows it: never its credential. */
export function toClusterView(cluster: ClusterRecord, age: Date | undefined): Cluster {
  const asOf = age ?? cluster.seenAt;
  return {
    id: cluster.id,
    detail: 'full',
    slug: cluster.slug,
    displayName: cluster.displayName,
    color: cluster.color,
    labels: cluster.labels,
    server: cluster.server,
    profile: cluster.profile,
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
    createdAt: cluster.createdAt.toISOString(),
  };
}

/** The view with what the one who asks may see of its contents. */
export function withSize<C extends Cluster>(view: C, size: ClusterSize | undefined): C {
  return { ...view, ...optional('nodes', size?.nodes), ...optional('pods', size?.pods) };
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
