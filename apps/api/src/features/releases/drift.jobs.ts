import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Clusters } from '../clusters/index.ts';
import type { CompareDrift } from './compare-drift.ts';
import type { DriftStore } from './drift.store.ts';
import { isReachable } from './machine.ts';

const lookMs = 3000;
const atOnce = 32;
const perCluster = 4;
/** A change is told with the time at which its transaction began. */
const overlapMs = 10_000;

/**
 * `drift.check`: targets are compared with what was put there soon after one of their objects changed in the inventory,
 * and slowly besides. A cluster that does not answer is not asked: that its targets were not compared is said, too.
 */
export function startDriftLoop(deps: {
  clusters: Clusters;
  driftStore: DriftStore;
  compareDrift: CompareDrift;
  logger: Logger;
}): Loop {
  const { clusters, driftStore, compareDrift, logger } = deps;
  let since: Date | undefined;

  async function checkAll(
    targets: Awaited<ReturnType<DriftStore['take']>>,
    unreachable: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    for (const target of targets) {
      if (signal.aborted) return;
      if (unreachable.has(target.clusterId))
        await driftStore.fail(target.targetId, {
          code: 'cluster_unreachable',
          detail: 'The cluster does not answer.',
        });
      else await compareDrift(target, { priority: 'background', signal });
    }
  }

  return startLoop({
    name: 'drift.check',
    everyMs: lookMs,
    logger,
    async run(signal) {
      since = new Date((await driftStore.wakeByChanges(since)).getTime() - overlapMs);
      for (;;) {
        const targets = await driftStore.take(atOnce);
        if (targets.length === 0 || signal.aborted) return;
        const unreachable = new Set(
          (await clusters.records()).flatMap(({ id, state }) => (isReachable(state) ? [] : [id])),
        );
        await Promise.all(lanesOf(targets).map((lane) => checkAll(lane, unreachable, signal)));
      }
    },
  });
}

/** What is compared one after the other: a cluster that is slow holds up its own. */
function lanesOf<T extends { clusterId: string }>(targets: readonly T[]): T[][] {
  return [...Map.groupBy(targets, ({ clusterId }) => clusterId).values()].flatMap((of) =>
    Array.from({ length: Math.min(perCluster, of.length) }, (_, lane) =>
      of.filter((_target, index) => index % perCluster === lane),
    ),
  );
}
