import {
  type ClusterClient,
  type ClusterCredential,
  type ClusterEndpoint,
  isStopped,
  type Passages,
  type Retirable,
  type Retirement,
  toldTime,
} from '@quarterdeck/kubernetes';
import { AppError, notFound } from '../../platform/errors.ts';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import { createRecent, type Recent } from '../../platform/recent.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { ClusterRecord, ClustersStore } from './clusters.store.ts';
import type { ClusterCredentials } from './credentials.ts';

/** What this process speaks to a cluster with: requests of its own, and those of others passed on. */
export type MemberClient = ClusterClient & Passages;

/**
 * Clients to member clusters, one per cluster and process, made when first asked for. What is given stays good when the
 * credential changes: its next request goes out with the new one.
 */
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
  /**
   * Brings the clients that are open in line with their rows, all or this one: whatever changed elsewhere, old
   * credentials are not used any more, and nothing is open to a cluster that gets no traffic.
   */
  follow(clusterId?: string): Promise<void>;
  /** Ends a client whose cluster gets no traffic or is removed; the next call makes a new one. */
  drop(clusterId: string): Promise<void>;
  close(): Promise<void>;
}

type DialledClient = MemberClient & Retirable;

type Entry = {
  /** Rises with each credential, so that an older row never brings an older client back. */
  revision: number;
  /** The same for credentials that follow each other by renewal. */
  generation: number;
  client: DialledClient;
  /** Those whose place it took, while anything is open by them. */
  former: Set<DialledClient>;
  handle: MemberClient;
};

const awayStates = new Set(['unreachable', 'credential_rejected', 'identity_changed', 'pending', 'paused', 'removing']);

/**
 * Renewed: the old token is good until its end, so what is open goes on. Watches end within 11 minutes by themselves;
 * the bound is for followed logs and shells, and is as long as a shell may last.
 */
const renewed: Retirement = {
  streams: 'finish',
  withinMs: 8 * 3_600_000,
  reason: 'The connection was open for 8 h after its credential was renewed. Open it again.',
};

/**
 * Replaced by a person, who may know that the old one is in other hands: nothing stays open by it. Requests under way
 * may finish, since to cut a write leaves nobody knowing whether it was done.
 */
const replaced: Retirement = {
  streams: 'end',
  withinMs: 60_000,
  reason: 'The credential of this cluster was replaced. Open it again.',
};

export function createConnections(deps: {
  store: ClustersStore;
  credentials: ClusterCredentials;
  createClient: (endpoint: ClusterEndpoint) => DialledClient;
  /** Rows of a moment ago: each request to a cluster asks for one. An older row never brings an older client back. */
  recent?: Recent<ClusterRecord | undefined>;
}): Connections {
  const { store, credentials, createClient } = deps;
  const recent = deps.recent ?? createRecent<ClusterRecord | undefined>(0);
  const entries = new Map<string, Entry>();

  async function endpointOf(cluster: ClusterRecord): Promise<ClusterEndpoint> {
    return toEndpoint(cluster, await credentials.open(cluster.id));
  }

  async function dial(cluster: ClusterRecord): Promise<MemberClient> {
    const { id, credentialRevision: revision, credentialGeneration: generation } = cluster;
    const isCurrent = (entry: Entry | undefined) => entry !== undefined && entry.revision >= revision;
    const existing = entries.get(id);
    if (existing !== undefined && isCurrent(existing)) return existing.handle;
    const client = createClient(await endpointOf(cluster));
    // Somebody else may have dialled while the credential was opened.
    const entry = entries.get(id);
    if (entry !== undefined && isCurrent(entry)) {
      await client.close();
      return entry.handle;
    }
    if (entry === undefined) {
      const made = newEntry({ revision, generation, client });
      entries.set(id, made);
      return made.handle;
    }
    entry.former.add(entry.client);
    const isRenewal = entry.generation === generation;
    Object.assign(entry, { revision, generation, client });
    // Replaced, nothing stays open by any credential that came before.
    for (const old of isRenewal ? [...entry.former].slice(-1) : entry.former) {
      void old.retire(isRenewal ? renewed : replaced).then(() => entry.former.delete(old));
    }
    return entry.handle;
  }

  async function end({ client, former }: Entry): Promise<void> {
    await Promise.all([client, ...former].map((each) => each.close()));
  }

  async function drop(clusterId: string): Promise<void> {
    const entry = entries.get(clusterId);
    entries.delete(clusterId);
    if (entry !== undefined) await end(entry);
  }

  return {
    async for(clusterId) {
      const cluster = await recent.get(clusterId, () => store.findById(clusterId));
      if (cluster === undefined) throw notFound('This cluster');
      if (awayStates.has(cluster.state)) {
        const since = cluster.seenAt === undefined ? '' : ` It last answered ${toldTime(cluster.seenAt, new Date())}.`;
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
    async follow(clusterId) {
      const open = [...entries.keys()].filter((id) => clusterId === undefined || id === clusterId);
      if (open.length === 0) return;
      const records = new Map((await store.listByIds(open)).map((cluster) => [cluster.id, cluster]));
      const inLine = async (id: string) => {
        const cluster = records.get(id);
        if (cluster === undefined || isStopped(cluster.state)) await drop(id);
        else await dial(cluster);
      };
      await Promise.all(open.map(inLine));
    },
    drop,
    async close() {
      const all = [...entries.values()];
      entries.clear();
      await Promise.all(all.map(end));
    },
  };
}

/** What holders are given goes out by the client that is there at the moment of each request. */
function newEntry(start: Omit<Entry, 'handle' | 'former'>): Entry {
  const entry: Entry = {
    ...start,
    former: new Set(),
    handle: {
      request: (request) => entry.client.request(request),
      stream: (request) => entry.client.stream(request),
      forward: (...passage) => entry.client.forward(...passage),
      upgrade: (...passage) => entry.client.upgrade(...passage),
      close: () => entry.client.close(),
    },
  };
  return entry;
}

/** A change made in another process is known here after so long, whether or not anybody asks for the cluster. */
const followEveryMs = 5000;

/** Keeps the clients of this process in line with the rows; servers and workers both run it. */
export function startFollowLoop(deps: { connections: Pick<Connections, 'follow'>; logger: Logger }): Loop {
  const { connections, logger } = deps;
  return startLoop({
    name: 'cluster.connections',
    everyMs: followEveryMs,
    logger,
    run: () => connections.follow(),
  });
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
