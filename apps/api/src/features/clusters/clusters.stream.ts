import type { LiveSource } from '../../platform/events/live-hub.ts';
import { liveSet } from '../../platform/events/live-set.ts';
import type { RowWakes } from '../../platform/events/row-wakes.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Clusters } from './clusters.service.ts';

/** The age of the data moves on without any change of a row, so the set is also read by time. */
const refreshMs = 10_000;

/** The live view `clusters.index`: the clusters that the person may see, as one set. */
export function clustersIndexSource(deps: { clusters: Clusters; wakes: RowWakes; logger: Logger }): LiveSource {
  const changed = deps.wakes.of<unknown>('clusters.index');
  return liveSet({
    read: async (_params, { principal }) => (await deps.clusters.list(principal)).clusters,
    wakes: (wake, params) => {
      const stop = changed(wake, params);
      const timer = setInterval(wake, refreshMs);
      return () => {
        stop();
        clearInterval(timer);
      };
    },
    onError: (error) => deps.logger.warn({ err: error }, 'live view clusters.index failed'),
  });
}
