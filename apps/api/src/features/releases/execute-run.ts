import { setTimeout as wait } from 'node:timers/promises';
import type { Queryable } from '@quarterdeck/database';
import {
  type ApplyContext,
  applyObject,
  type ClusterClient,
  ClusterError,
  deleteObject,
  diagnose,
  type Identity,
  readObject,
} from '@quarterdeck/kubernetes';
import { AppError } from '../../platform/errors.ts';
import { type Actor, systemActor } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Access } from '../access/index.ts';
import type { Audit } from '../audit/index.ts';
import type { Connections, ProjectNamespaces } from '../clusters/index.ts';
import { deployerIdentity } from './deployer-identity.ts';
import { readRollout } from './read-rollout.ts';
import type { Gate, HeldRun, ObjectRecord, StoredVerdict } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';
import type { RunsStore } from './runs.store.ts';

export type GateTiming = { stabilityMs: number; deadlineMs: number; pollMs: number };

/** 30 s of calm make a revision healthy; 10 min after the last write is the end of patience. */
export const defaultTiming: GateTiming = { stabilityMs: 30_000, deadlineMs: 600_000, pollMs: 1000 };

export type ExecuteDeps = {
  access: Access;
  audit: Audit;
  connections: Connections;
  projectNamespaces: ProjectNamespaces;
  database: Queryable;
  store: ReleasesStore;
  runs: RunsStore;
  fieldManager: string;
  timing: GateTiming;
  logger: Logger;
};

/** Another worker has the run, or this one was told to stop: write nothing more. */
class RunLostError extends Error {}

/** A person aborted the release: the run ends where it stands. */
class RunCancelledError extends Error {}

/** The run has come to an end with a reason that people can read. */
class RunFailedError extends Error {
  readonly verdict: StoredVerdict;
  constructor(verdict: StoredVerdict) {
    super(verdict.summary);
    this.verdict = verdict;
  }
}

/** Together 14 s: longer than the breaker of a cluster that just came back stays open. */
const applyTries = 8;
const retryMs = 500;
/** A cluster that is away for longer while its rollout is watched ends the run. */
const silenceMs = 60_000;

/**
 * Puts a release's bytes on one target, from the first unfinished step, and watches this very revision until it is
 * healthy or has failed with a reason. Every write is fenced; it may be run again from anywhere.
 */
export async function executeRun(run: HeldRun, deps: ExecuteDeps, signal: AbortSignal): Promise<void> {
  const { runs, store, logger } = deps;
  const actor = systemActor('worker', ['releases:create']);
  try {
    const client = await deps.connections.for(run.clusterId);
    const project = await deps.access.projects.get(run.projectId);
    const identity = deployerIdentity(project, { actor: run.createdBy, release: run.releaseId });
    const context: ApplyContext = { client, identity, fieldManager: deps.fieldManager, signal };
    if (run.releaseKind === 'remove') await removeObjects(run, context, deps, signal);
    else {
      if (run.state !== 'gating') await applyObjects(run, context, deps, actor, signal);
      await watchRollout(run, client, identity, deps, signal);
    }
    await must(runs.end(run, 'healthy', undefined));
    await record(deps, actor, run, 'allowed', undefined);
  } catch (error) {
    if (error instanceof RunLostError || signal.aborted) return;
    if (error instanceof RunCancelledError) {
      await runs.end(run, 'cancelled', undefined);
      return;
    }
    const verdict = error instanceof RunFailedError ? error.verdict : verdictOf(error);
    if (!(error instanceof RunFailedError || error instanceof AppError))
      logger.warn({ err: error, run: run.id }, 'run failed');
    if (!(await runs.end(run, 'failed', verdict))) return;
    await record(deps, actor, run, 'failed', verdict.code);
  } finally {
    await runs.settle(run.releaseId);
    await runs.release(run).catch(() => false);
    await store.notify(deps.database, run.releaseId).catch(() => {});
  }
}

async function must(held: Promise<boolean>): Promise<void> {
  if (!(await held)) throw new RunLostError();
}

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

async function applyObjects(
  run: HeldRun,
  context: ApplyContext,
  deps: ExecuteDeps,
  actor: Actor,
  signal: AbortSignal,
): Promise<void> {
  const { runs, store } = deps;
  await must(runs.start(run, 'applying'));
  await store.notify(deps.database, run.releaseId);
  await record(deps, actor, run, 'allowed', undefined, 'intent');
  await persist(() => deps.projectNamespaces.ensure(actor, run.clusterId, run.namespace), run, deps, signal);
  const [objects, steps] = await Promise.all([store.objectsOf(run.releaseId, run.targetId), store.stepsOf([run.id])]);
  const workloads: Gate['workloads'] = [];
  for (const object of objects) {
    const step = steps.find((candidate) => candidate.seq === object.seq);
    const applied = await applyOne(run, object, context, deps, signal);
    await must(runs.putStep(run, object.seq, 'applied', step?.detail, applied.uid));
    await runs.markObject(run, object, 'live', applied.uid);
    if (object.kind === 'Deployment')
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
  context: ApplyContext,
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<{ uid: string; generation: number }> {
  const { runs } = deps;
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
  const uid = await runs.uidOf(run.targetId, object);
  const manifest = JSON.parse(object.bytes) as Parameters<typeof applyObject>[1];
  for (let tries = 1; ; tries += 1) {
    if (signal.aborted) throw new RunLostError();
    // The lease must outlive the request, or the next owner could write at the same time.
    await must(runs.renew(run));
    const result = await applyObject(context, manifest, uid === undefined ? undefined : { uid });
    if (result.outcome === 'applied') return { uid: result.uid, generation: result.generation };
    if (result.outcome === 'replaced' && tries === 1) {
      // Deleted and made anew by somebody's hand: by our books the old one is gone.
      await runs.markObject(run, object, 'gone');
      return applyOne(run, object, context, deps, signal);
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

/** Polls this revision until it is calm for long enough, or a verdict on its own pods says why it cannot be. */
async function watchRollout(
  run: HeldRun,
  client: ClusterClient,
  identity: Identity,
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<void> {
  const { runs, store, timing } = deps;
  const gate = run.gate ?? { workloads: [] };
  const objects = await store.objectsOf(run.releaseId, run.targetId);
  const started = run.appliedAt?.getTime() ?? Date.now();
  let calmSince: number | undefined;
  let silentSince: number | undefined;
  let lastRestarts = -1;
  let lastSeen = '';
  for (;;) {
    if (signal.aborted) throw new RunLostError();
    await must(runs.renew(run));
    if (await runs.isAborted(run)) throw new RunCancelledError();
    const rollout = await readOrSilent(() =>
      readRollout({
        client,
        identity,
        namespace: run.namespace,
        gate,
        application: run.applicationSlug,
        environment: run.environment,
      }),
    );
    if (rollout === undefined) {
      silentSince ??= Date.now();
      if (Date.now() - silentSince > silenceMs)
        throw new ClusterError('cluster_unreachable', 'The cluster went away while its rollout was watched.');
      await wait(timing.pollMs, undefined, { signal }).catch(() => {});
      continue;
    }
    silentSince = undefined;
    if (rollout.podHash !== undefined && rollout.podHash !== gate.podHash) {
      gate.podHash = rollout.podHash;
      await must(runs.updateGate(run, gate));
    }
    for (const object of objects) {
      const state = rollout.states.get(`${object.kind}/${object.name}`);
      if (state !== undefined)
        await must(
          runs.putStep(
            run,
            object.seq,
            state.state === 'current' ? 'current' : state.state === 'failed' ? 'failed' : 'in_progress',
            state.detail,
          ),
        );
      else if (object.kind !== 'Deployment') await must(runs.putStep(run, object.seq, 'current'));
    }
    const seen = JSON.stringify([...rollout.states]);
    if (seen !== lastSeen) await store.notify(deps.database, run.releaseId);
    lastSeen = seen;

    const verdict = rollout.isCurrent
      ? undefined
      : (diagnose({ ...rollout.evidence, now: Date.now() }) as StoredVerdict | undefined);
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
    await wait(timing.pollMs, undefined, { signal }).catch(() => {});
  }
}

/** A cluster that does not answer now says nothing about the rollout. */
async function readOrSilent<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof ClusterError) return undefined;
    throw error;
  }
}

/** Deletes what our books say we put there, last made first, each by its uid. */
async function removeObjects(
  run: HeldRun,
  context: ApplyContext,
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<void> {
  const { runs, store } = deps;
  await must(runs.start(run, 'pruning'));
  await store.notify(deps.database, run.releaseId);
  const actor = systemActor('worker', ['releases:create']);
  await record(deps, actor, run, 'allowed', undefined, 'intent');
  const objects = (await store.objectsOf(run.releaseId, run.targetId)).toReversed();
  for (const object of objects) {
    if (signal.aborted) throw new RunLostError();
    await must(runs.renew(run));
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
      await deleteObject(context, ref, uid);
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
    nextStep: code.startsWith('cluster_')
      ? 'Retry this target when its cluster answers again.'
      : 'Retry, and give the release’s address to your operator if it fails again.',
  };
}
