import { setTimeout as wait } from 'node:timers/promises';
import {
  type ApplyContext,
  ClusterError,
  deleteObject,
  KubernetesStatusError,
  type ObjectRef,
  readObject,
  refusalOfStatus,
} from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import { startLease } from '../../platform/jobs/lease-clock.ts';
import { type Actor, systemActor } from '../../platform/principal.ts';
import { applyObjects, applyTries } from './apply-run.ts';
import { deployerIdentity } from './deployer-identity.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import { isOutOfReach } from './machine-rows.ts';
import { isOurs } from './prune-guards.ts';
import { pruneLeftovers, refOf } from './prune-leftovers.ts';
import type { HeldRun, StoredVerdict } from './release-rows.ts';
import { must, RunAsksError, RunCancelledError, RunFailedError, RunLostError, RunPausedError } from './run-errors.ts';
import { leaseSeconds } from './runs.store.ts';
import { defaultRetryMs, watchRollout } from './watch-rollout.ts';

/**
 * Puts a release's bytes on one target, from the first unfinished step, and watches this very revision until it is
 * healthy or has failed with a reason. Every write is fenced; it may be run again from anywhere.
 * @param onWatching all is written: from here on the run only looks
 */
export async function executeRun(
  run: HeldRun,
  deps: ExecuteDeps,
  signal: AbortSignal,
  onWatching: () => void,
): Promise<void> {
  const { runs, store, logger, authority } = deps;
  const actor = systemActor('worker', ['releases:create']);
  try {
    if (await runs.isOver(run)) throw new RunCancelledError();
    await authority.hold(run);
    const client = await deps.connections.for(run.clusterId);
    const prunes = isPruning(run);
    if (run.releaseKind !== 'remove' && run.state !== 'gating' && !prunes) await prepare(run, deps, actor, signal);
    const number = await deps.access.projects.numberIn(run.clusterId, run.projectId);
    const identity = deployerIdentity(number, { actor: run.createdBy, release: run.releaseId });
    const context: ApplyContext = { client, identity, fieldManager: deps.fieldManager, signal };
    if (run.releaseKind === 'remove') await removeObjects(run, context, deps, signal);
    else if (prunes) await pruneLeftovers(run, context, deps, signal);
    else {
      if (run.state !== 'gating') await applyObjects(run, context, deps, signal);
      onWatching();
      await watchRollout(run, client, identity, deps, signal);
    }
    await must(deps.machine.endRun(run, 'healthy', undefined));
    await record(deps, actor, run, 'allowed', undefined);
  } catch (error) {
    if (error instanceof RunLostError || error instanceof RunPausedError || signal.aborted) return;
    if (error instanceof RunCancelledError) {
      await deps.machine.endRun(run, isPruning(run) ? 'healthy' : 'cancelled', undefined);
      return;
    }
    if (isPruning(run)) {
      // It is out and healthy; what could not be taken away stays in the books for the next release.
      logger.warn({ err: error, run: run.id }, 'leftovers stay');
      await deps.machine.endRun(run, 'healthy', undefined);
      return;
    }
    if (error instanceof RunAsksError) {
      if (!(await deps.machine.ask(run, error.verdict, error.questions))) return;
      await record(deps, actor, run, 'failed', error.verdict.code, 'asked');
      return;
    }
    const verdict = error instanceof RunFailedError ? error.verdict : verdictOf(error);
    if (!(error instanceof RunFailedError || error instanceof AppError))
      logger.warn({ err: error, run: run.id }, 'run failed');
    if (isOutOfReach(verdict.code)) {
      await deps.machine.unreachable(run, verdict);
      return;
    }
    if (!(await deps.machine.endRun(run, 'failed', verdict))) return;
    await record(deps, actor, run, 'failed', verdict.code);
  } finally {
    await runs.release(run).catch(() => false);
    await store.notify(deps.database, run.releaseId).catch(() => {});
  }
}

const isPruning = (run: HeldRun) => run.state === 'pruning' && run.releaseKind !== 'remove';

async function record(
  deps: ExecuteDeps,
  actor: Actor,
  run: HeldRun,
  outcome: 'allowed' | 'failed',
  code: string | undefined,
  reason = 'outcome',
): Promise<void> {
  await deps.audit.record(actor, [
    {
      action: 'releases:create',
      outcome,
      ...(code === undefined ? {} : { code }),
      target: {
        kind: 'run',
        id: run.releaseId,
        name: `${run.applicationSlug} ${run.environment} #${run.releaseNumber}`,
        cluster: run.clusterId,
        namespace: run.namespace,
        project: run.projectId,
      },
      reason,
    },
  ]);
}

/** The namespace stands, and the project has its number in the cluster, which the identity of the writes needs. */
async function prepare(run: HeldRun, deps: ExecuteDeps, actor: Actor, signal: AbortSignal): Promise<void> {
  const { runs, store } = deps;
  await must(runs.start(run, 'applying'));
  await store.notify(deps.database, run.releaseId);
  await record(deps, actor, run, 'allowed', undefined, 'intent');
  await persist(() => deps.projectNamespaces.ensure(actor, run.clusterId, run.namespace), run, deps, signal);
}

/** Passing trouble of the connection is tried again for as long as an object is. */
async function persist<T>(work: () => Promise<T>, run: HeldRun, deps: ExecuteDeps, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ClusterError) || tries >= applyTries) throw error;
    }
    await wait((deps.timing.retryMs ?? defaultRetryMs) * tries, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new RunLostError();
    await must(deps.runs.renew(run));
  }
}

/** Deletes what our books say we put there, last made first, each by its uid. */
async function removeObjects(
  run: HeldRun,
  context: ApplyContext,
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<void> {
  const { runs, store, authority } = deps;
  await must(runs.start(run, 'pruning'));
  await store.notify(deps.database, run.releaseId);
  const actor = systemActor('worker', ['releases:create']);
  await record(deps, actor, run, 'allowed', undefined, 'intent');
  const objects = (await store.objectsOf(run.releaseId, run.targetId)).toReversed();
  for (const object of objects) {
    if (signal.aborted) throw new RunLostError();
    const mayWrite = startLease(leaseSeconds);
    await must(runs.renew(run));
    await authority.hold(run);
    const ref = refOf(object);
    const uid = (await runs.uidOf(run.targetId, object)) ?? (await uidOfOurs(run, context, ref));
    if (uid !== undefined) {
      await runs.markObject(run, object, 'pruning');
      if (!mayWrite()) throw new RunLostError();
      await deleteObject({ ...context, mayWrite }, ref, uid);
    }
    await runs.markObject(run, object, 'gone');
    await must(runs.putStep(run, object.seq, 'deleted'));
    await store.notify(deps.database, run.releaseId);
  }
}

/** A write whose answer was lost left no uid: what is there now and carries our labels is what we made. */
async function uidOfOurs(run: HeldRun, context: ApplyContext, ref: ObjectRef): Promise<string | undefined> {
  const live = await readObject(context, ref);
  return live !== undefined && isOurs(live, run) ? live.metadata?.uid : undefined;
}

function verdictOf(error: unknown): StoredVerdict {
  const { code, summary } = named(error);
  return {
    code,
    summary,
    evidence: [],
    nextStep: isOutOfReach(code)
      ? 'It catches up by itself when its cluster answers again.'
      : 'Retry, and give the release’s address to your operator if it fails again.',
  };
}

function named(error: unknown): Pick<StoredVerdict, 'code' | 'summary'> {
  if (error instanceof KubernetesStatusError) {
    const { code, detail } = refusalOfStatus(error);
    return { code, summary: detail };
  }
  return {
    code: error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal',
    summary: error instanceof Error ? error.message : 'It failed for a reason we do not know.',
  };
}
