import type { ClusterClient, ClusterCredential, ClusterEndpoint, Passages } from '@quarterdeck/kubernetes';
import { AppError, notFound } from '../../platform/errors.ts';
import type { ClusterRecord, ClustersStore } from './clusters.store.ts';
import type { ClusterCredentials } from './credentials.ts';

/** What this process speaks to a cluster with: requests of its own, and those of others passed on. */
export type MemberClient = ClusterClient & Passages;

/** Clients to member clusters, one per cluster and process, made when first asked for. */
export interface Connections {
  /**
   * The client of a cluster.
   * @throws AppError `not_found`; 503 `cluster_unreachable` when the cluster is known to be away, paused or removed:
   *   nobody waits for a time-out that everybody knows
   */
  for(clusterId: string): Promise<MemberClient>;
  /** For the probe: whatever the row says. */
  dial(cluster: ClusterRecord): Promise<MemberClient>;
  /** Where and as whom a cluster is reached, for who dials by itself: the threads that watch. */
  endpointOf(cluster: ClusterRecord): Promise<ClusterEndpoint>;
  /** Ends a client whose cluster was changed or removed; the next call makes a new one. */
  drop(clusterId: string): Promise<void>;
  close(): Promise<void>;
}

type Entry = { revision: string; client: MemberClient };

const awayStates = new Set(['unreachable', 'credential_rejected', 'identity_changed', 'pending', 'paused', 'removing']);

export function createConnections(deps: {
  store: ClustersStore;
  credentials: ClusterCredentials;
  createClient: (endpoint: ClusterEndpoint) => MemberClient;
}): Connections {
  const { store, credentials, createClient } = deps;
  const entries = new Map<string, Entry>();

  async function endpointOf(cluster: ClusterRecord): Promise<ClusterEndpoint> {
    return toEndpoint(cluster, await credentials.open(cluster.id));
  }

  async function dial(cluster: ClusterRecord): Promise<MemberClient> {
    const revision = [
      cluster.server,
      cluster.credentialRevision,
      cluster.tlsServerName,
      cluster.caPem,
      cluster.proxyUrl,
    ].join('\n');
    const existing = entries.get(cluster.id);
    if (existing?.revision === revision) return existing.client;
    const client = createClient(await endpointOf(cluster));
    // Somebody else may have dialled while the credential was opened.
    const raced = entries.get(cluster.id);
    if (raced?.revision === revision) {
      await client.close();
      return raced.client;
    }
    entries.set(cluster.id, { revision, client });
    await existing?.client.close();
    return client;
  }

  return {
    async for(clusterId) {
      const cluster = await store.findById(clusterId);
      if (cluster === undefined) throw notFound('This cluster');
      if (awayStates.has(cluster.state)) {
        const since = cluster.seenAt === undefined ? '' : ` It last answered at ${cluster.seenAt.toISOString()}.`;
        throw new AppError(
          'cluster_unreachable',
          503,
          `${cluster.slug} is ${cluster.state.replaceAll('_', ' ')}: ${cluster.stateReason ?? 'it does not answer.'}${since}`,
          { retryAfterSeconds: 10 },
        );
      }
      return dial(cluster);
    },
    dial,
    endpointOf,
    async drop(clusterId) {
      const entry = entries.get(clusterId);
      entries.delete(clusterId);
      await entry?.client.close();
    },
    async close() {
      const all = [...entries.values()];
      entries.clear();
      await Promise.all(all.map((entry) => entry.client.close()));
    },
  };
}

/** Where and as whom a registered cluster is reached. */
export function toEndpoint(cluster: ClusterRecord, credential: ClusterCredential): ClusterEndpoint {
  const { server, caPem, tlsServerName, proxyUrl } = cluster;
  return {
    server,
    credential,
    ...(caPem === undefined ? {} : { caPem }),
    ...(tlsServerName === undefined ? {} : { tlsServerName }),
    ...(proxyUrl === undefined ? {} : { proxyUrl }),
  };
}
