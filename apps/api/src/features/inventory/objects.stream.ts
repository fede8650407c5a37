import type { inventoryObjectsView } from '@quarterdeck/contracts';
import type { z } from 'zod';
import type { LiveSource } from '../../platform/events/live-hub.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { ChangeFeed, InventoryChange } from './change-feed.ts';
import type { Inventory } from './inventory.service.ts';

type Params = z.output<typeof inventoryObjectsView.params>;

const gatherMs = 250;
const hintMs = 1000;

/**
 * The live view `inventory.objects` in mode `page`: the rows on screen (`ids`) change in place, everything else of the
 * filtered kind and clusters is a count at most once a second, so that nothing jumps and the cost is one page.
 */
export function objectsSource(deps: { inventory: Inventory; feed: ChangeFeed; logger: Logger }): LiveSource {
  const { inventory, feed, logger } = deps;
  return {
    async open(subscription) {
      const params = subscription.params as Params;
      const { filter } = await inventory.filterOf(params);
      const clusterNos = new Set(filter.clusterNos);
      const visible = new Set(params.ids ?? []);
      const touched = new Set<string>();
      let added = 0;
      let removed = 0;
      let rowTimer: NodeJS.Timeout | undefined;
      let hintTimer: NodeJS.Timeout | undefined;

      async function sendRows(): Promise<void> {
        const ids = [...touched];
        touched.clear();
        const puts = await inventory.byIds(params.plural, ids);
        const found = new Set(puts.map((row) => row.id));
        subscription.send({ type: 'delta', id: subscription.id, puts, dels: ids.filter((id) => !found.has(id)) });
      }

      function note(change: InventoryChange): void {
        if (change.plural !== params.plural || !clusterNos.has(change.clusterNo)) return;
        if (visible.has(change.id)) {
          touched.add(change.id);
          rowTimer ??= setTimeout(() => {
            rowTimer = undefined;
            sendRows().catch((error: unknown) => logger.warn({ err: error }, 'live rows failed'));
          }, gatherMs);
          return;
        }
        if (change.op === 'I') added += 1;
        if (change.op === 'D') removed += 1;
        if (added + removed > 0) hintTimer ??= setTimeout(hint, hintMs);
      }

      function hint(): void {
        hintTimer = undefined;
        subscription.send({ type: 'hint', id: subscription.id, added, removed });
        added = 0;
        removed = 0;
      }

      const stop = feed.subscribe((changes) => {
        if (changes === undefined) {
          subscription.send({ type: 'resync', id: subscription.id, reason: 'Some changes were missed.' });
          return;
        }
        for (const change of changes) note(change);
      });
      return () => {
        stop();
        clearTimeout(rowTimer);
        clearTimeout(hintTimer);
      };
    },
  };
}
