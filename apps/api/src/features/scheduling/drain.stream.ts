import type { Drain } from '@quarterdeck/contracts';
import type { LiveSource } from '../../platform/events/live-hub.ts';
import { liveSet } from '../../platform/events/live-set.ts';
import type { RowWakes } from '../../platform/events/row-wakes.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Drains } from './drains.ts';

/** The live view `scheduling.drain`: told at each look of its worker. */
export function drainSource(deps: { drains: Drains; rowWakes: RowWakes; logger: Logger }): LiveSource {
  return liveSet<{ id: string }, Drain>({
    read: async (params, { principal }) => [await deps.drains.read(principal, params.id)],
    wakes: deps.rowWakes.of<{ id: string }>('scheduling.drain', (params) => params.id),
    onError: (error) => deps.logger.warn({ err: error }, 'live drain failed'),
  });
}
