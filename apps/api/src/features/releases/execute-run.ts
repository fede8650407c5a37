import { setTimeout as wait } from 'node:timers/promises';
import type { Queryable } from '@quarterdeck/database';
import { type ApplyContext, applyObject, ClusterError, deleteObject, readObject } from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import { type Actor, systemActor } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Access } from '../access/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Connections, ProjectNamespaces } from '../clusters/index.ts';
import { deployerIdentity } from './deployer-identity.ts';
import { startLease } from './lease-clock.ts';
import type { ReleaseMachine } from './machine.ts';
import { isOutOfReach } from './machine-rows.ts';
import { pruneLeftovers } from './prune-leftovers.ts';
import { isWorkload } from './read-rollout.ts';
import type { Gate, HeldRun, ObjectRecord, StoredVerdict } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';
import type { RolloutLists } from './rollout-lists.ts';
import type { RunAuthority } from './run-authority.ts';
import { must, RunCancelledError, RunFailedError, RunLostError, RunPausedError } from './run-errors.ts';
import type { RunsStore } from './runs.store.ts';
import { type GateTiming, watchRollout } from './watch-rollout.ts';

export type ExecuteDeps = {
  access: Access;
  audit: Audit;
  connections: Connections;
  projectNamespaces: ProjectNamespaces;
  database: Queryable;
  store: ReleasesStore;
  runs: RunsStore;
  machine: ReleaseMachine;
  authority: RunAuthority;
  lists: RolloutLists;
  fieldManager: string;
  timing: GateTiming;
  logger: Logger;
};

/** Together 14 s: longer than the breaker of a cluster that just came back stays open. */
const applyTries = 8;
const retryMs = 500;

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

async function applyObjects(
  run: HeldRun,
  context: ApplyContext,
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<void> {
  const { runs, store, authority } = deps;
  const [objects, steps] = await Promise.all([store.objectsOf(run.releaseId, run.targetId), store.stepsOf([run.id])]);
  const workloads: Gate['workloads'] = [];
  for (const object of objects) {
    const step = steps.find((candidate) => candidate.seq === object.seq);
    if (step?.kind === 'leave') continue;
    await authority.hold(run);
    const applied = await applyOne(run, object, step?.takes ?? [], context, deps, signal);
    await must(runs.wrote(run, object, applied.uid));
    if (isWorkload(object))
      workloads.push({ kind: object.kind, name: object.name, uid: applied.uid, generation: applied.generation });
  }
  const gate: Gate = { workloads };
  await must(runs.openGate(run, gate));
  run.gate = gate;
  run.appliedAt = new Date();
  await store.notify(deps.database, run.releaseId);
}

/** Passing trouble of the connection is tried again for as long as an object is. */
async function persist<T>(work: () => Promise<T>, run: HeldRun, deps: ExecuteDeps, signal: AbortSignal): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ClusterError) || tries >= applyTries) throw error;
    }
    await wait(retryMs * tries, undefined, { signal }).catch(() => {});
    if (signal.aborted) throw new RunLostError();
    await must(deps.runs.renew(run));
  }
}

/** Intent, write, outcome of one object; passing trouble is tried again, anything else ends the run with its name. */
async function applyOne(
  run: HeldRun,
  object: ObjectRecord & { bytes: string },
  takes: readonly string[],
  context: ApplyContext,
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<{ uid: string; generation: number }> {
  const { runs } = deps;
  let mayWrite = startLease();
  const intent = await runs.intend(run, object);
  if (intent === 'lost') throw new RunLostError();
  if (intent === 'taken') {
    throw failed(
      run,
      object,
      'owned_by_another',
      `${object.kind} ${object.name} belongs to another application of this portal.`,
      'Rename one of the two applications, or take another namespace.',
    );
  }
  const { uid } = intent;
  const manifest = JSON.parse(object.bytes) as Parameters<typeof applyObject>[1];
  for (let tries = 1; ; tries += 1) {
    if (signal.aborted) throw new RunLostError();
    // The lease must outlive the request, or the next owner could write at the same time.
    if (tries > 1) {
      mayWrite = startLease();
      await must(runs.renew(run));
    }
    const how = { takes, ...(uid === undefined ? {} : { uid }) };
    const result = await applyObject({ ...context, mayWrite }, manifest, how);
    if (result.outcome === 'applied') return { uid: result.uid, generation: result.generation };
    if (result.outcome === 'replaced' && tries === 1) {
      // Deleted and made anew by somebody's hand: by our books the old one is gone.
      await runs.markObject(run, object, 'gone');
      return applyOne(run, object, takes, context, deps, signal);
    }
    if (result.outcome !== 'retry' || tries >= applyTries) {
      await runs.putStep(run, object.seq, 'failed', result.detail);
      throw failed(run, object, result.code, result.detail, undefined);
    }
    await wait(result.retryAfterMs ?? retryMs * tries, undefined, { signal }).catch(() => {});
  }
}

function failed(
  _run: HeldRun,
  object: ObjectRecord,
  code: string,
  summary: string,
  nextStep: string | undefined,
): RunFailedError {
  return new RunFailedError({
    code,
    summary,
    evidence: [],
    object: {
      group: object.group,
      kind: object.kind,
      ...(object.namespace === '' ? {} : { namespace: object.namespace }),
      name: object.name,
    },
    ...(nextStep === undefined ? {} : { nextStep }),
  });
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
    const mayWrite = startLease();
    await must(runs.renew(run));
    await authority.hold(run);
    const ref = {
      group: object.group,
      version: object.version,
      kind: object.kind,
      name: object.name,
      ...(object.namespace === '' ? {} : { namespace: object.namespace }),
    };
    // A write whose answer was lost left no uid: what is there now and carries our labels is what we made.
    const uid = (await runs.uidOf(run.targetId, object)) ?? uidOfObject(await readObject(context, ref));
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

function uidOfObject(object: Record<string, unknown> | undefined): string | undefined {
  const metadata = object?.metadata as { uid?: string } | undefined;
  return metadata?.uid;
}

function verdictOf(error: unknown): StoredVerdict {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'internal';
  return {
    code,
    summary: error instanceof Error ? error.message : 'It failed for a reason we do not know.',
    evidence: [],
    nextStep: isOutOfReach(code)
      ? 'It catches up by itself when its cluster answers again.'
      : 'Retry, and give the release’s address to your operator if it fails again.',
  };
}
