import type { Composition } from '../compose.ts';
import { startDrainLoop } from '../features/scheduling/index.ts';
import type { Loop } from '../platform/jobs/loop.ts';

/** The part of a worker that drains nodes, in more of a hurry than in the product. */
export function startDrainWorker(composition: Composition): Loop {
  return startDrainLoop({
    ...composition,
    records: composition.proxyRecords,
    store: composition.drainsStore,
    timing: { lookMs: 100, idleMs: 200, retrySeconds: 0.5 },
  });
}
