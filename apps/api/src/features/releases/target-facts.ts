import { bareName } from '@quarterdeck/registry';
import type { TargetFacts } from '../applications/index.ts';
import { debtView } from './debt-view.ts';
import type { DriftReadModel } from './drift.read-model.ts';
import type { MachineStore } from './machine.store.ts';
import type { RunState } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';

type TargetFact = Awaited<ReturnType<TargetFacts['of']>> extends ReadonlyMap<string, infer Fact> ? Fact : never;
type LatestRun = Awaited<ReturnType<ReleasesStore['latestRuns']>>[number];

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

/** Fills the port of `applications`: what runs on a target by the newest run that began there, and whether it is still as it was put. */
export function createTargetFacts(
  store: ReleasesStore,
  machineStore: MachineStore,
  driftReadModel: DriftReadModel,
): TargetFacts {
  return {
    async of(targetIds) {
      const runs = await store.latestRuns(targetIds);
      const facts = new Map<string, TargetFact>();
      for (const run of runs.filter(({ isAhead }) => !isAhead)) facts.set(run.targetId, factOf(run));
      for (const run of runs.filter(({ isAhead }) => isAhead)) {
        const known = facts.get(run.targetId);
        if (run.number < (known?.currentReleaseNumber ?? 0)) continue;
        facts.set(run.targetId, withAhead(known, run));
      }
      return facts;
    },
    async debts(targetIds) {
      const debts = await machineStore.openDebts(targetIds);
      return new Map(
        debts.map((debt) => [
          debt.targetId,
          { ...debtView(debt), releaseNumber: debt.number, asksFirst: debt.asksFirst },
        ]),
      );
    },
    drift: driftReadModel.summaries,
    failing: store.failingApplications,
    isLive: async (targetIds) => (await store.liveObjects(targetIds)).length > 0,
  };
}

/** One that failed before it wrote changes nothing of what runs there; where nothing does, that is why. */
function withAhead(known: TargetFact | undefined, run: LatestRun): TargetFact {
  if (run.state === 'failed') {
    if (known === undefined) return factOf({ ...run, images: {} });
    const reason = run.verdict?.summary;
    return {
      ...known,
      ahead: { releaseNumber: run.number, state: 'failed', ...(reason === undefined ? {} : { reason }) },
    };
  }
  const state = run.state === 'blocked' ? 'needs_decision' : 'waiting';
  return { ...(known ?? { health: 'not_deployed' }), ahead: { releaseNumber: run.number, state } };
}

/** What a run that has begun says of its target. */
function factOf(run: LatestRun): TargetFact {
  const removed = run.kind === 'remove' && run.state === 'healthy';
  const [first] = Object.values(run.images);
  const image = first && (first.tag === undefined ? first.reference : `${bareName(first.reference)}:${first.tag}`);
  const reason =
    run.verdict?.summary ?? (run.state === 'cancelled' ? `#${run.number} was stopped on its way.` : undefined);
  return {
    health: removed ? 'not_deployed' : health[run.state],
    ...(reason === undefined ? {} : { healthReason: reason }),
    currentReleaseId: run.releaseId,
    currentReleaseNumber: run.number,
    ...(image === undefined || removed ? {} : { image }),
  };
}
