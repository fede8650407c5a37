import { bareName } from '@quarterdeck/registry';
import type { TargetFacts } from '../applications/index.ts';
import type { DriftReadModel } from './drift.read-model.ts';
import type { MachineStore } from './machine.store.ts';
import type { RunState } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';

const health: Record<RunState, 'updating' | 'healthy' | 'failed' | 'unknown'> = {
  pending: 'updating',
  applying: 'updating',
  gating: 'updating',
  pruning: 'updating',
  blocked: 'unknown',
  deferred: 'unknown',
  cancelled: 'unknown',
  healthy: 'healthy',
  failed: 'failed',
};

/** Fills the port of `applications`: what runs on a target by its newest run, and whether it is still as it was put. */
export function createTargetFacts(
  store: ReleasesStore,
  machineStore: MachineStore,
  driftReadModel: DriftReadModel,
): TargetFacts {
  return {
    async of(targetIds) {
      const runs = await store.latestRuns(targetIds);
      return new Map(
        runs.map((run) => {
          const removed = run.kind === 'remove' && run.state === 'healthy';
          const [first] = Object.values(run.images);
          const image =
            first && (first.tag === undefined ? first.reference : `${bareName(first.reference)}:${first.tag}`);
          return [
            run.targetId,
            {
              health: removed ? ('not_deployed' as const) : health[run.state],
              ...(run.verdict === undefined ? {} : { healthReason: run.verdict.summary }),
              currentReleaseId: run.releaseId,
              currentReleaseNumber: run.number,
              ...(image === undefined || removed ? {} : { image }),
            },
          ];
        }),
      );
    },
    async debts(targetIds) {
      const debts = await machineStore.openDebts(targetIds);
      return new Map(
        debts.map(({ id, targetId, reason, createdAt, number, asksFirst }) => [
          targetId,
          { id, reason, since: createdAt.toISOString(), releaseNumber: number, asksFirst },
        ]),
      );
    },
    drift: driftReadModel.summaries,
    isLive: async (targetIds) => (await store.liveObjects(targetIds)).length > 0,
  };
}
