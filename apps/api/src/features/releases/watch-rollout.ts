import { setTimeout as wait } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { calmSeconds } from '@quarterdeck/contracts';
import type { Notifier } from '@quarterdeck/database';
import {
  type ClusterClient,
  ClusterError,
  diagnose,
  environmentVerdict,
  type Identity,
  KubernetesStatusError,
} from '@quarterdeck/kubernetes';
import { isWorkload, type Rollout, readRollout } from './read-rollout.ts';
import type { HeldRun, ObjectRecord, StepRecord, StoredVerdict } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';
import type { RolloutLists } from './rollout-lists.ts';
import type { RunAuthority } from './run-authority.ts';
import { must, RunCancelledError, RunFailedError, RunLostError } from './run-errors.ts';
import type { RunsStore } from './runs.store.ts';

/** In ms; `retryMs`: the first pause before what did not get through is tried again, later ones are longer. */
export type GateTiming = { stabilityMs: number; deadlineMs: number; pollMs: number; retryMs?: number };

/** 30 s of calm make a revision healthy; 10 min after the last write is the end of patience. */
export const defaultTiming: GateTiming = {
  stabilityMs: calmSeconds('deploy') * 1000,
  deadlineMs: 600_000,
  pollMs: 1000,
};
export const defaultRetryMs = 500;

/** A cluster that is away for longer while its rollout is watched ends the run. */
const silenceMs = 60_000;
/** While nothing is written any more, the right to go on is asked for this often. */
const authorityMs = 3000;

export type WatchDeps = {
  database: Notifier;
  store: ReleasesStore;
  runs: RunsStore;
  authority: RunAuthority;
  lists: RolloutLists;
  timing: GateTiming;
};

/** Polls this revision until it is calm for long enough, or a verdict on its own pods says why it cannot be. */
export async function watchRollout(
  run: HeldRun,
  client: ClusterClient,
  identity: Identity,
  deps: WatchDeps,
  signal: AbortSignal,
): Promise<void> {
  const { runs, store } = deps;
  const timing = timingOf(run, deps.timing);
  const gate = run.gate ?? { workloads: [] };
  if (gate.workloads.length === 0) {
    // No pods: nothing that could restart, and nothing to wait for.
    await must(runs.settleSteps(run));
    return;
  }
  const place = {
    ...{ client, identity, clusterId: run.clusterId, namespace: run.namespace },
    ...{ application: run.applicationSlug, environment: run.environment },
  };
  const [objects, last] = await Promise.all([store.objectsOf(run.releaseId, run.targetId), runs.healthyBefore(run)]);
  const started = run.appliedAt?.getTime() ?? Date.now();
  let calmSince: number | undefined;
  let silentSince: number | undefined;
  let lastRestarts = -1;
  let heldAt = performance.now();
  const lastSteps = new Map<number, string>();
  for (;;) {
    if (signal.aborted) throw new RunLostError();
    if (await runs.isOver(run)) throw new RunCancelledError();
    if (performance.now() - heldAt >= authorityMs) {
      await deps.authority.hold(run, { isOut: true });
      heldAt = performance.now();
    }
    const rollout = await readOrSilent(() => readRollout(place, gate, deps.lists, last));
    if ('silence' in rollout) {
      silentSince ??= Date.now();
      if (Date.now() - silentSince > silenceMs) throw rollout.silence;
      await wait(untilLook(timing.pollMs / 2, timing.pollMs), undefined, { signal }).catch(() => {});
      continue;
    }
    silentSince = undefined;
    if (Object.keys(rollout.revisions).length > 0 && !isDeepStrictEqual(rollout.revisions, gate.revisions)) {
      gate.revisions = rollout.revisions;
      await must(runs.updateGate(run, gate));
    }
    const seen = await putSteps(run, objects, rollout, lastSteps, runs);
    if (seen) await store.notify(deps.database, run.releaseId);

    const verdict = rollout.isCurrent ? undefined : judge(rollout);
    if (verdict !== undefined) throw new RunFailedError(verdict);
    const failedState = [...rollout.states.values()].find((state) => state.state === 'failed');
    if (failedState !== undefined)
      throw new RunFailedError({ code: 'no_progress', summary: failedState.detail, evidence: [] });
    const isCalm = rollout.isCurrent && (rollout.restarts === lastRestarts || lastRestarts === -1);
    lastRestarts = rollout.restarts;
    if (!isCalm) calmSince = undefined;
    else calmSince ??= Date.now();
    if (calmSince !== undefined && Date.now() - calmSince >= timing.stabilityMs) return;
    if (Date.now() - started > timing.deadlineMs) {
      throw new RunFailedError({
        code: 'no_progress',
        summary: `Not healthy ${Math.round(timing.deadlineMs / 1000)} s after it was applied.`,
        evidence: [...rollout.states].map(([name, state]) => `${name}: ${state.detail}`),
        nextStep: 'Look at the pods below and their logs.',
      });
    }
    const polls = patience(isCalm, Date.now() - started);
    const calmLeftMs = calmSince === undefined ? Infinity : calmSince + timing.stabilityMs - Date.now();
    // From half a poll on: who is a little late looks with the others all the same.
    const pauseMs = Math.min((polls - 0.5) * timing.pollMs, calmLeftMs);
    await wait(untilLook(pauseMs, timing.pollMs), undefined, { signal }).catch(() => {});
  }
}

/** Why it cannot become healthy, and whether that is this revision's fault. */
function judge({ evidence, before }: Rollout): StoredVerdict | undefined {
  const seen = { ...evidence, now: Date.now() };
  const verdict = diagnose(seen);
  return verdict && (environmentVerdict(verdict, before, seen) ?? verdict);
}

/** What was healthy there before is believed sooner: whoever goes back does so because something is broken. */
function timingOf({ releaseKind }: HeldRun, timing: GateTiming): GateTiming {
  return { ...timing, stabilityMs: (timing.stabilityMs * calmSeconds(releaseKind)) / calmSeconds('deploy') };
}

/**
 * All rollouts of a worker look at the same moments, so that those of a namespace share their lists.
 * @returns ms from now to the first of these moments that is not sooner than `leastMs`
 */
export function untilLook(leastMs: number, pollMs: number, nowMs = performance.now()): number {
  return Math.ceil((nowMs + leastMs) / pollMs) * pollMs - nowMs;
}

/** Polls to wait for the next look: what is calm, or has taken long already, changes less often. Restarts add up. */
function patience(isCalm: boolean, tookMs: number): number {
  return isCalm ? 4 : Math.min(5, 1 + Math.floor(tookMs / 30_000));
}

/** Writes the steps that look different than at the last poll; says whether there were any. */
async function putSteps(
  run: HeldRun,
  objects: readonly ObjectRecord[],
  rollout: Rollout,
  last: Map<number, string>,
  runs: RunsStore,
): Promise<boolean> {
  let changed = false;
  for (const object of objects) {
    const state = rollout.states.get(`${object.kind}/${object.name}`);
    if (state === undefined && isWorkload(object)) continue;
    const step = stepOf(state?.state);
    const seen = `${step} ${state?.detail}`;
    if (last.get(object.seq) === seen) continue;
    await must(runs.putStep(run, object.seq, step, state?.detail));
    last.set(object.seq, seen);
    changed = true;
  }
  return changed;
}

/** What is no workload is well once it is there. */
function stepOf(state: 'current' | 'in_progress' | 'failed' | 'terminating' | undefined): StepRecord['state'] {
  if (state === undefined || state === 'current') return 'current';
  return state === 'failed' ? 'failed' : 'in_progress';
}

/** A cluster that does not answer now, or lets nobody look, says nothing about the rollout. */
async function readOrSilent<T extends object>(read: () => Promise<T>): Promise<T | { silence: Error }> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ClusterError) {
      const detail = `The cluster went away while its rollout was watched: ${error.message}`;
      return { silence: new ClusterError('cluster_unreachable', detail, { cause: error }) };
    }
    if (error instanceof KubernetesStatusError) return { silence: error };
    throw error;
  }
}
