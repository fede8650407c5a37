import type { ReleaseDetail } from '@quarterdeck/contracts';
import type { LiveSource } from '../../platform/events/live-hub.ts';
import { liveSet } from '../../platform/events/live-set.ts';
import type { RowWakes } from '../../platform/events/row-wakes.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { ChangeFeed } from '../inventory/index.ts';
import type { Releases } from './releases.service.ts';

const podsMs = 500;

/** The live view `releases.release`: woken by its rows, by clusters, and by pods that change anywhere, at most twice a second. */
export function releaseSource(deps: {
  releases: Releases;
  rowWakes: RowWakes;
  feed: ChangeFeed;
  logger: Logger;
}): LiveSource {
  const byRows = deps.rowWakes.of<{ id: string }>('releases.release', (params) => params.id);
  // A cluster that goes or comes back changes what is known of its targets.
  const byClusters = deps.rowWakes.of<unknown>('clusters.index');
  return liveSet<{ id: string }, ReleaseDetail>({
    read: async (params, { principal }) => [await deps.releases.read(principal, params.id)],
    wakes: (wake, params) => {
      let timer: NodeJS.Timeout | undefined;
      const stopRows = byRows(wake, params);
      const stopClusters = byClusters(wake, params);
      const stopPods = deps.feed.subscribe((changes) => {
        if (timer !== undefined || (changes !== undefined && !changes.some((change) => change.plural === 'pods')))
          return;
        timer = setTimeout(() => {
          timer = undefined;
          wake();
        }, podsMs);
      });
      return () => {
        stopRows();
        stopClusters();
        stopPods();
        clearTimeout(timer);
      };
    },
    onError: (error) => deps.logger.warn({ err: error }, 'live release failed'),
  });
}
