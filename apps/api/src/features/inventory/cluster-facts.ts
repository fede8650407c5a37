import type { Principal } from '../../platform/principal.ts';
import type { ClusterFacts, ClusterRecord, ClustersStore } from '../clusters/index.ts';
import type { AccessSets, Seen } from './access-sets.ts';
import { askedKind, isListed } from './asked-kind.ts';
import { ageOf } from './completeness.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import type { KindRegistry, KnownKind } from './kind-registry.ts';

const sized = ['nodes', 'pods'] as const;

/** Fills the port of `clusters`: what the rows say of a cluster, and how many of them somebody sees. */
export function createClusterFacts(deps: {
  store: ClustersStore;
  readModel: InventoryReadModel;
  kinds: KindRegistry;
  sets: AccessSets;
}): ClusterFacts {
  const { store, readModel, kinds, sets } = deps;

  async function see(principal: Principal, of: readonly KnownKind[], records: readonly ClusterRecord[]) {
    return Promise.all(
      of.map(async (kind) => ({ kind, seen: await sets.of(principal, askedKind(kind), records, false) })),
    );
  }

  return {
    async ages(records) {
      const streams = await readModel.streams(records.map((cluster) => cluster.number));
      const byCluster = Map.groupBy(streams, ({ clusterNo }) => clusterNo);
      return new Map(records.map((cluster) => [cluster.id, ageOf(cluster, byCluster.get(cluster.number) ?? [])]));
    },

    async sizes(principal, clusterIds) {
      const records = await store.listByIds(clusterIds);
      const found = (await kinds.all()).filter(({ key }) => (sized as readonly string[]).includes(key));
      const asked = await see(principal, found, records);
      const counts = await readModel.counts(new Map(asked.map(({ kind, seen }) => [kind.key, seen.reach])));
      const countOf = ({ number }: ClusterRecord, key: string) => {
        const seen = asked.find(({ kind }) => kind.key === key)?.seen;
        if (seen === undefined || !sees(seen, number)) return undefined;
        const mine = counts.filter(({ clusterNo, plural }) => clusterNo === number && plural === key);
        return mine.reduce((sum, { count }) => sum + count, 0);
      };
      return new Map(
        records.map((cluster) => [cluster.id, { nodes: countOf(cluster, 'nodes'), pods: countOf(cluster, 'pods') }]),
      );
    },

    async behind(records) {
      const kindsOf = await readModel.behind(records.map((cluster) => cluster.number));
      return new Map(records.map((cluster) => [cluster.id, kindsOf.get(cluster.number) ?? []]));
    },

    async incidents(id, hours) {
      const cluster = await store.findById(id);
      return cluster === undefined ? [] : readModel.incidents(cluster.number, hours);
    },

    async streams(id) {
      const cluster = await store.findById(id);
      if (cluster === undefined) return [];
      const streams = await readModel.streams([cluster.number]);
      return streams.map((stream) => ({
        kind: stream.plural,
        state: stream.state,
        asOf: ageOf(cluster, [stream]),
        error: stream.error,
        skipped: stream.skipped,
      }));
    },

    async rows(principal, id) {
      const cluster = await store.findById(id);
      if (cluster === undefined) return new Map();
      const asked = await see(principal, await kinds.all(), [cluster]);
      const parts = asked.filter(({ kind, seen }) => isListed(kind) && sees(seen, cluster.number));
      const [whole, counts] = await Promise.all([
        readModel.rowsOf(cluster.number),
        readModel.counts(new Map(parts.map(({ kind, seen }) => [kind.key, seen.reach]))),
      ]);
      const rows = new Map<string, number>();
      for (const { kind, seen } of asked) {
        // Events and roles are counted whole alone.
        if (seesAll(seen, cluster.number)) rows.set(kind.key, whole.get(kind.key) ?? 0);
        else if (isListed(kind) && sees(seen, cluster.number)) {
          const mine = counts.filter(({ plural }) => plural === kind.key);
          rows.set(
            kind.key,
            mine.reduce((sum, { count }) => sum + count, 0),
          );
        }
      }
      return rows;
    },
  };
}

/** Anything of the kind there; of the product's own work nothing is kept back. */
function sees({ reach, extents }: Seen, clusterNo: number): boolean {
  const extent = extents.get(clusterNo)?.extent ?? (reach.clusterNos.includes(clusterNo) ? 'all' : 'none');
  return extent !== 'none';
}

function seesAll({ reach, extents }: Seen, clusterNo: number): boolean {
  const extent = extents.get(clusterNo)?.extent;
  return extent === 'all' || reach.clusterNos.includes(clusterNo);
}
