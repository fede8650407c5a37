import type { Database } from '@quarterdeck/database';
import type { Memory } from '../../platform/recent.ts';
import type { ClusterRecord, Clusters } from '../clusters/index.ts';
import type { InventoryReadModel } from './inventory.read-model.ts';
import type { KindKey } from './object-rows.ts';
import type { Stream } from './stream-read-model.ts';

/** Which clusters there are and how their watches stand: what each answer says, whatever was asked. */
export interface Standing {
  records(): Promise<ClusterRecord[]>;
  /** By number of the cluster: the watches of a kind with that of namespaces, or all of them. */
  streams(clusterNos: readonly number[], key: KindKey | undefined): Promise<ReadonlyMap<number, Stream[]>>;
}

/**
 * As of a second ago at most, or of the last change of a cluster: ten people who turn pages ask PostgreSQL once a
 * second, and an answer's ages are those of probes five seconds apart.
 */
export function createStanding(deps: {
  clusters: Pick<Clusters, 'records'>;
  readModel: Pick<InventoryReadModel, 'streams'>;
  memory: Memory;
  listen: Database['listen'];
}): Standing {
  const { clusters, readModel, memory } = deps;
  const records = memory.recent<ClusterRecord[]>();
  const streams = memory.recent<ReadonlyMap<number, Stream[]>>();
  deps.listen('quarterdeck_rows', (payload) => {
    if (payload !== undefined && !payload.includes('clusters.index')) return;
    records.forget();
    streams.forget();
  });
  return {
    records: () => records.get('all', clusters.records),
    streams: (clusterNos, key) =>
      streams.get(`${key ?? ''} ${clusterNos.join()}`, async () =>
        Map.groupBy(await readModel.streams(clusterNos, key), ({ clusterNo }) => clusterNo),
      ),
  };
}
