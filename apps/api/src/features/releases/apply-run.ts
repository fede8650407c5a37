import { setTimeout as wait } from 'node:timers/promises';
import {
  type Applied,
  type ApplyContext,
  applyObject,
  deleteObject,
  isScalable,
  previewObject,
  readObject,
} from '@quarterdeck/kubernetes';
import { startLease } from '../../platform/jobs/lease-clock.ts';
import type { ExecuteDeps } from './execute-deps.ts';
import { scalerKinds } from './preflight.ts';
import type { PreparedObject } from './prepare-object.ts';
import { guardsOf, type LiveObject } from './prune-guards.ts';
import { refOf as leftRefOf } from './prune-leftovers.ts';
import { isWorkload } from './read-rollout.ts';
import type { Gate, HeldRun } from './release-rows.ts';
import { must, RunAsksError, RunFailedError, RunLostError } from './run-errors.ts';
import { leaseSeconds } from './runs.store.ts';
import { defaultRetryMs } from './watch-rollout.ts';

/** With the usual pause together 14 s: longer than the breaker of a cluster that just came back stays open. */
export const applyTries = 8;
/** An object that is deleted to be made anew is gone within this, or its finalizers are to be looked at. */
const goneMs = 60_000;

/** What is put out again goes over hands and other managers as it was; a person is asked at the object itself. */
const withoutPreflight: ReadonlySet<string> = new Set(['rollback', 'remove']);

/**
 * Puts a release's objects on one target, from the first unfinished step. Nothing is written before all of them were
 * looked at.
 * @throws RunAsksError | RunFailedError
 */
export async function applyObjects(
  run: HeldRun,
  context: ApplyContext,
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<void> {
  const { runs, store, preflight, authority } = deps;
  if (!run.preflighted && !withoutPreflight.has(run.releaseKind)) await lookFirst(run, context, deps);
  const objects = await preflight.prepare(context, run);
  const workloads: Gate['workloads'] = [];
  let scalersLeft = true;
  for (const object of objects) {
    await authority.hold(run);
    // An autoscaler that leaves would set the number of replicas again while its workload is applied.
    if (scalersLeft && isScalable(object.record)) {
      await removeScalers(run, context, deps, signal);
      scalersLeft = false;
    }
    const applied = await applyOne(run, object, context, deps, signal);
    const { record, manifest } = object;
    deps.fingerprints.put(record, manifest, applied.fingerprint);
    await must(runs.wrote(run, record, applied.uid));
    if (isWorkload(record))
      workloads.push({ kind: record.kind, name: record.name, uid: applied.uid, generation: applied.generation });
  }
  const gate: Gate = { workloads };
  await must(runs.openGate(run, gate));
  run.gate = gate;
  run.appliedAt = new Date();
  await store.notify(deps.database, run.releaseId);
}

async function lookFirst(run: HeldRun, context: ApplyContext, deps: ExecuteDeps): Promise<void> {
  const result = await deps.preflight.ofRun(context, run);
  await must(deps.runs.markPreflighted(run, result.outcome === 'passed', result.findings));
  if (result.outcome === 'refused') throw new RunFailedError(result.verdict);
  if (result.outcome === 'asks') throw new RunAsksError(result.verdict, result.questions);
}

/** Autoscalers of earlier releases that this one has no more: by our books, and those alone that prune would let go. */
async function removeScalers(
  run: HeldRun,
  context: ApplyContext,
  { runs }: ExecuteDeps,
  signal: AbortSignal,
): Promise<void> {
  const { objects } = await runs.leftovers(run);
  for (const object of objects.filter(({ kind }) => scalerKinds.has(kind))) {
    if (signal.aborted) throw new RunLostError();
    const mayWrite = startLease(leaseSeconds);
    await must(runs.renew(run));
    const guards = guardsOf(object, (await readObject(context, leftRefOf(object))) as LiveObject | undefined, run);
    if (guards === 'gone') await runs.markObject(run, object, 'gone');
    if (guards === 'gone' || guards.length > 0) continue;
    await runs.markObject(run, object, 'pruning');
    await deleteObject({ ...context, mayWrite }, leftRefOf(object), object.uid ?? '');
    await runs.markObject(run, object, 'gone');
  }
}

/** Intent, write, outcome of one object; passing trouble is tried again, anything else ends the run with its name. */
async function applyOne(
  run: HeldRun,
  object: PreparedObject,
  context: ApplyContext,
  deps: ExecuteDeps,
  signal: AbortSignal,
): Promise<Pick<Applied, 'uid' | 'generation' | 'fingerprint'>> {
  const { runs, timing } = deps;
  const { retryMs = defaultRetryMs } = timing;
  const { record, manifest, how } = object;
  if (how.recreates !== undefined) await deleteFirst(run, object, how.recreates, context, deps, signal);
  let mayWrite = startLease(leaseSeconds);
  const intent = await runs.intend(run, record);
  if (intent === 'lost') throw new RunLostError();
  if (intent === 'taken') {
    throw failed(
      object,
      'owned_by_another',
      `${record.kind} ${record.name} belongs to another application of this portal.`,
      'Rename one of the two applications, or take another namespace.',
    );
  }
  const { uid } = intent;
  for (let tries = 1; ; tries += 1) {
    if (signal.aborted) throw new RunLostError();
    // The lease must outlive the request, or the next owner could write at the same time.
    if (tries > 1) {
      mayWrite = startLease(leaseSeconds);
      await must(runs.renew(run));
    }
    const result = await applyObject({ ...context, mayWrite }, manifest, {
      ...how,
      ...(uid === undefined ? {} : { uid }),
    });
    if (result.outcome === 'applied') return result;
    if (result.outcome === 'replaced' && tries === 1) {
      // Deleted and made anew by somebody's hand: by our books the old one is gone.
      await runs.markObject(run, record, 'gone');
      return applyOne(run, object, context, deps, signal);
    }
    if (result.outcome !== 'retry' || tries >= applyTries) {
      await runs.putStep(run, record.seq, 'failed', result.detail);
      await askAbout(object, context, result);
      throw failed(object, result.code, result.detail, undefined);
    }
    await wait(result.retryAfterMs ?? retryMs * tries, undefined, { signal }).catch(() => {});
  }
}

/** What a person can decide about is asked for; it came up after the preflight, or in a rollback. */
async function askAbout(
  { record, manifest, how }: PreparedObject,
  context: ApplyContext,
  refusal: { code: string; detail: string },
): Promise<void> {
  const { questions } = await previewObject(context, manifest, how);
  if (questions.length === 0) return;
  throw new RunAsksError(
    { code: refusal.code, summary: refusal.detail, evidence: [], object: refOf(record) },
    questions.map((question) => ({ ...question, seq: record.seq })),
  );
}

/** Somebody typed its name: the very object that was asked about goes, and comes back as the release has it. */
async function deleteFirst(
  run: HeldRun,
  { record }: PreparedObject,
  uid: string,
  context: ApplyContext,
  { runs, timing: { retryMs = defaultRetryMs } }: ExecuteDeps,
  signal: AbortSignal,
): Promise<void> {
  const ref = leftRefOf(record);
  const started = performance.now();
  for (;;) {
    if (signal.aborted) throw new RunLostError();
    const mayWrite = startLease(leaseSeconds);
    await must(runs.renew(run));
    const live = await readObject(context, ref);
    if (live?.metadata?.uid !== uid) break;
    if (live.metadata.deletionTimestamp === undefined) await deleteObject({ ...context, mayWrite }, ref, uid);
    else if (performance.now() - started > goneMs)
      throw new RunFailedError({
        code: 'still_terminating',
        summary: `${record.kind} ${record.name} was deleted to be made anew and is still there.`,
        evidence: [],
        object: refOf(record),
        nextStep: 'Look at its finalizers, then retry.',
      });
    await wait(retryMs, undefined, { signal }).catch(() => {});
  }
  await runs.markObject(run, record, 'gone');
}

function failed({ record }: PreparedObject, code: string, summary: string, nextStep: string | undefined) {
  return new RunFailedError({
    code,
    summary,
    evidence: [],
    object: refOf(record),
    ...(nextStep === undefined ? {} : { nextStep }),
  });
}

function refOf({ group, kind, namespace, name }: PreparedObject['record']) {
  return { group, kind, ...(namespace === '' ? {} : { namespace }), name };
}
