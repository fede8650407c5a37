import type { ClusterFacts, ClustersStore } from '../clusters/index.ts';
import { ageOf } from './completeness.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import { wholeReach } from './reach.ts';

/** Fills the port of `clusters`: what the rows say of a cluster. */
export function createClusterFacts(deps: { store: ClustersStore; readModel: InventoryReadModel }): ClusterFacts {
  const { store, readModel } = deps;
  return {
    async summarize(ids) {
      const records = (await store.list()).filter((cluster) => ids.includes(cluster.id));
      const numbers = records.map((cluster) => cluster.number);
      // Sizes of whole clusters, for whoever may read the cluster itself: no row is told.
      const reach = wholeReach(numbers, false);
      const [counts, streams] = await Promise.all([
        readModel.counts(
          new Map([
            ['nodes', reach],
            ['pods', reach],
          ]),
        ),
        readModel.streams(numbers),
      ]);
      return new Map(
        records.map((cluster) => {
          const count = (plural: string) =>
            counts
              .filter((entry) => entry.clusterNo === cluster.number && entry.plural === plural)
              .reduce((sum, entry) => sum + entry.count, 0);
          const mine = streams.filter((stream) => stream.clusterNo === cluster.number);
          return [cluster.id, { nodes: count('nodes'), pods: count('pods'), asOf: ageOf(cluster, mine) }];
        }),
      );
    },
    async streams(id) {
      const cluster = await store.findById(id);
      if (cluster === undefined) return [];
      const [streams, rows] = await Promise.all([
        readModel.streams([cluster.number]),
        readModel.rowsOf(cluster.number),
      ]);
      return streams.map((stream) => ({
        kind: stream.plural,
        state: stream.state,
        rows: rows.get(stream.plural) ?? 0,
        asOf: ageOf(cluster, [stream]),
        error: stream.error,
        skipped: stream.skipped,
      }));
    },
  };
}
