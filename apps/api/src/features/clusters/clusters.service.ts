import type { Cluster, clusterDetailSchema } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import type { ClusterEndpoint } from '@quarterdeck/kubernetes';
import type { z } from 'zod';
import { conflict, notFound } from '../../platform/errors.ts';
import { gather } from '../../platform/jobs/gather.ts';
import { createLastKnown, createLastKnownByKey, type Known } from '../../platform/last-known.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { AuditEntry } from '../audit/index.ts';
import { type ClusterFacts, toClusterView, toLimitedView, withSize } from './cluster-view.ts';
import type { ClusterRecord, ClustersStore } from './clusters.store.ts';
import { type Connections, toEndpoint } from './connections.ts';
import type { ClusterCredentials } from './credentials.ts';
import { sightOf } from './sight.ts';

export type ClusterDetail = z.input<typeof clusterDetailSchema>;

/** Reads and the small changes of a registered cluster; registration has its own file. */
export interface Clusters {
  /** Every registered cluster, for other features. */
  records(): Promise<ClusterRecord[]>;
  /** Those that the principal may see, as far as they may; while the database is away, as they were last known. */
  list(principal: Principal): Promise<{ clusters: Cluster[]; readAt?: Date }>;
  /** @throws AppError `not_found` */
  record(id: string): Promise<ClusterRecord>;
  /** For who was let in already. @throws AppError `not_found` */
  get(principal: Principal, id: string): Promise<ClusterDetail>;
  /** As far as the principal may see it, and last known like `list`. @throws AppError `not_found` */
  read(principal: Principal, id: string): Promise<ClusterDetail>;
  /**
   * What is stored of a cluster to reach it, to be tried whatever its state.
   * @throws AppError `not_found`; 503 `cluster_unreachable` without a credential
   */
  endpoint(id: string): Promise<ClusterEndpoint>;
  update(
    actor: Actor,
    id: string,
    change: {
      displayName?: string | undefined;
      color?: number | undefined;
      labels?: Record<string, string> | undefined;
    },
  ): Promise<ClusterDetail>;
  pause(actor: Actor, id: string): Promise<ClusterDetail>;
  resume(actor: Actor, id: string): Promise<ClusterDetail>;
  remove(actor: Actor, id: string, reason: string | undefined): Promise<void>;
}

/** Clusters whose last answer is kept for when the database is away. */
const maxKnown = 500;

/** Says why a cluster must stay: `applications` stands to our right and fills this port. */
export type RemovalGuard = (clusterId: string) => Promise<string | undefined>;

export function createClusters(deps: {
  database: Database;
  access: Access;
  store: ClustersStore;
  credentials: ClusterCredentials;
  connections: Connections;
  facts: ClusterFacts;
  removalGuard: RemovalGuard;
}): Clusters {
  const { database, access, store, connections, facts } = deps;
  const lastFleet = createLastKnown<Cluster[]>();
  const lastOf = createLastKnownByKey<ClusterDetail>(maxKnown);

  // Asked for with nearly every deed: those who ask at the same time ask once.
  const records = gather(async (all: readonly undefined[]) => {
    const list = await store.list();
    return all.map(() => list);
  });

  /** Every cluster in full, for whoever may see it so; what it holds depends on who asks. */
  async function fleet(): Promise<Cluster[]> {
    const records = await store.list();
    const ages = await facts.ages(records);
    return records.map((cluster) => toClusterView(cluster, ages.get(cluster.id)));
  }

  async function find(id: string): Promise<ClusterRecord> {
    const cluster = await store.findById(id);
    if (cluster === undefined) throw notFound('This cluster');
    return cluster;
  }

  /** One cluster without what it holds. */
  async function describe(id: string): Promise<ClusterDetail> {
    const cluster = await find(id);
    const [ages, streams] = await Promise.all([facts.ages([cluster]), facts.streams(id)]);
    return {
      ...toClusterView(cluster, ages.get(id)),
      ...(cluster.clusterUid === undefined ? {} : { clusterUid: cluster.clusterUid }),
      streams: streams.map((stream) => ({
        kind: stream.kind,
        state: stream.state,
        skipped: stream.skipped,
        ...(stream.asOf === undefined ? {} : { asOf: stream.asOf.toISOString() }),
        ...(stream.error === undefined ? {} : { error: stream.error }),
      })),
    };
  }

  /** What somebody sees in it: its objects are counted for them as any list counts them. */
  async function withContents(principal: Principal, cluster: ClusterDetail): Promise<ClusterDetail> {
    const { id } = cluster;
    const [sizes, rows] = await Promise.all([facts.sizes(principal, [id]), facts.rows(principal, id)]);
    const counted = cluster.streams.map((stream) => {
      const count = rows.get(stream.kind);
      return count === undefined ? stream : { ...stream, rows: count };
    });
    return { ...withSize(cluster, sizes.get(id)), streams: counted };
  }

  const get = async (principal: Principal, id: string) => withContents(principal, await describe(id));

  async function changeState(actor: Actor, id: string, state: 'paused' | 'degraded', reason: string | undefined) {
    const before = await find(id);
    await access.mutate({ actor, permission: 'clusters:update', target: { clusterId: id } }, async (tx) => {
      await store.setState(tx, id, state, reason);
      // A person says that the other cluster behind this address is meant: the next probe learns its uid.
      if (before.state === 'identity_changed' && state === 'degraded') await store.forgetUid(tx, id);
      await store.notify(tx, [id]);
      return {
        value: undefined,
        audit: [record('clusters:update', before, [{ path: 'state', before: before.state, after: state }])],
      };
    });
    await connections.drop(id);
    return get(actor.principal, id);
  }

  return {
    records: () => records(undefined),
    record: find,
    async list(principal) {
      const sight = sightOf(await access.visibleScope(principal, 'clusters:read'));
      const { value, readAt } = await lastFleet.read(fleet);
      const full = value.filter(({ id }) => sight(id) === 'full').map(({ id }) => id);
      // Counts are of the moment: what was last known of them was known for somebody else.
      const sizes = readAt === undefined ? await facts.sizes(principal, full) : new Map();
      const clusters = value
        .filter(({ id }) => sight(id) !== 'none')
        .map((view) => (sight(view.id) === 'full' ? withSize(view, sizes.get(view.id)) : toLimitedView(view)))
        // On each of them: a live view has no word beside its rows.
        .map((view) => (readAt === undefined ? view : { ...view, readAt: readAt.toISOString() }));
      return { clusters, ...(readAt === undefined ? {} : { readAt }) };
    },
    get,

    async read(principal, id) {
      const sight = sightOf(await access.visibleScope(principal, 'clusters:read'))(id);
      if (sight === 'none') throw notFound('This cluster');
      const { value, readAt }: Known<ClusterDetail> = await lastOf.read(id, () => describe(id));
      const cluster = sight === 'full' ? value : { ...toLimitedView(value), streams: [] };
      if (readAt !== undefined) return { ...cluster, readAt: readAt.toISOString() };
      return sight === 'full' ? withContents(principal, cluster) : cluster;
    },

    async endpoint(id) {
      const cluster = await find(id);
      return toEndpoint(cluster, await deps.credentials.open(id));
    },

    async update(actor, id, change) {
      const before = await find(id);
      const target = { clusterId: id };
      await access.mutate({ actor, permission: 'clusters:update', target, alone: true }, async (tx) => {
        await store.update(tx, id, {
          ...(change.displayName === undefined ? {} : { displayName: change.displayName }),
          ...(change.color === undefined ? {} : { color: change.color }),
          ...(change.labels === undefined ? {} : { labels: change.labels }),
        });
        if (change.labels !== undefined) {
          await access.relabelCluster(tx, actor, id, { ...change.labels, cluster: before.slug });
        }
        await store.notify(tx, [id]);
        const changes = (['displayName', 'color', 'labels'] as const)
          .filter((path) => change[path] !== undefined)
          .map((path) => ({ path, before: before[path], after: change[path] }));
        return { value: undefined, audit: [record('clusters:update', before, changes)] };
      });
      return get(actor.principal, id);
    },

    pause: (actor, id) => changeState(actor, id, 'paused', 'Paused by a person; rows are kept.'),

    async resume(actor, id) {
      const cluster = await find(id);
      if (cluster.state !== 'paused' && cluster.state !== 'identity_changed') return get(actor.principal, id);
      return changeState(actor, id, 'degraded', 'Waiting for the first good probe.');
    },

    async remove(actor, id, reason) {
      const before = await find(id);
      const why = await deps.removalGuard(id);
      if (why !== undefined) throw conflict('cluster_has_targets', why);
      const target = { clusterId: id };
      await access.mutate({ actor, permission: 'clusters:remove', target, alone: true }, async (tx) => {
        await store.wipeCredential(tx, id);
        await store.setState(tx, id, 'removing', 'Its rows are being deleted.');
        await access.removeCluster(tx, id);
        await store.notify(tx, [id]);
        const entry = record('clusters:remove', before, []);
        return { value: undefined, audit: [reason === undefined ? entry : { ...entry, reason }] };
      });
      await connections.drop(id);
      database.pool.notify('quarterdeck_jobs', JSON.stringify({ queue: 'cluster.remove' }));
    },
  };
}

export function record(
  action: AuditEntry['action'],
  cluster: Pick<ClusterRecord, 'id' | 'slug'>,
  changes: NonNullable<AuditEntry['changes']>,
): AuditEntry {
  return { action, target: { kind: 'cluster', id: cluster.id, name: cluster.slug, cluster: cluster.id }, changes };
}
