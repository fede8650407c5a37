import { ApiError } from '../objects/api-error.ts';
import { at, type Json, type KubeObject, listOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, putStatus, stamp } from './context.ts';
import { createPod, isReady, phaseOf, podsOf } from './owned-pods.ts';

const backoffMs = { first: 10_000, most: 360_000 };

/** Runs pods until enough of them succeeded, or too many failed. */
export function reconcileJob(context: Context, namespace: string, name: string): unknown {
  const { store, due } = context;
  const job = store.get(known.jobs, namespace, name);
  if (job === undefined || job.metadata.deletionTimestamp !== undefined) return;
  const key = `job/${namespace}/${name}`;
  const number = (field: string, otherwise: number) => Number(at(job, 'spec', field) ?? otherwise);
  if (isFinished(job)) return removeLater(context, job, number('ttlSecondsAfterFinished', -1));
  const pods = podsOf(context, job);
  const of = (phase: string) => pods.filter((pod) => phaseOf(pod) === phase);
  const [succeeded, failed] = [of('Succeeded').length, of('Failed').length];
  const active = pods.length - succeeded - failed;
  const wanted = number('completions', 1);
  const isSuspended = at(job, 'spec', 'suspend') === true;
  const ended = succeeded >= wanted ? completion() : failed > number('backoffLimit', 6) ? failure() : undefined;
  if (ended === undefined && !isSuspended) {
    const missing = Math.min(number('parallelism', 1), wanted - succeeded) - active;
    if (missing > 0 && !due.has(key)) {
      if (failed > 0 && active === 0) {
        const delayMs = Math.min(backoffMs.most, backoffMs.first * 2 ** (failed - 1));
        due.at(key, delayMs, () => grow(context, namespace, name, missing));
      } else grow(context, namespace, name, missing);
    }
  }
  const left = podsOf(context, job).filter((pod) => phaseOf(pod) !== 'Succeeded' && phaseOf(pod) !== 'Failed');
  if (ended !== undefined || isSuspended) for (const pod of left) store.remove(known.pods, pod);
  const now = stamp(context);
  const conditions = [...listOf(at(job, 'status', 'conditions'))];
  for (const condition of ended ?? [])
    conditions.push({ ...condition, status: 'True', lastProbeTime: now, lastTransitionTime: now });
  const running = ended === undefined && !isSuspended ? left : [];
  putStatus(context, known.jobs, job, {
    ...(conditions.length === 0 ? {} : { conditions }),
    ...(isSuspended ? {} : { startTime: at(job, 'status', 'startTime') ?? now }),
    ...(succeeded >= wanted ? { completionTime: now } : {}),
    ...(running.length > 0 ? { active: running.length } : {}),
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(failed > 0 ? { failed } : {}),
    terminating: 0,
    uncountedTerminatedPods: {},
    ready: running.filter(isReady).length,
  });
  if (ended === undefined) return;
  if (succeeded >= wanted) emit(context, job, 'Normal', 'Completed', 'Job completed');
  else emit(context, job, 'Warning', 'BackoffLimitExceeded', 'Job has reached the specified backoff limit');
}

export function isFinished(job: KubeObject): boolean {
  return listOf(at(job, 'status', 'conditions')).some(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
}

function completion(): Json[] {
  const why = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  return [
    { type: 'SuccessCriteriaMet', ...why },
    { type: 'Complete', ...why },
  ];
}

function failure(): Json[] {
  const why = { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  return [
    { type: 'FailureTarget', ...why },
    { type: 'Failed', ...why },
  ];
}

function grow(context: Context, namespace: string, name: string, count: number): void {
  const job = context.store.get(known.jobs, namespace, name);
  if (job === undefined) return;
  try {
    for (let made = 0; made < count; made += 1) {
      const pod = createPod(context, job, { generateName: `${name}-` });
      emit(context, job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    emit(context, job, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
    context.due.at(`job/${namespace}/${name}`, backoffMs.first, () => reconcileJob(context, namespace, name));
  }
}

function removeLater(context: Context, job: KubeObject, seconds: number): void {
  if (seconds < 0) return;
  const { namespace = '', name } = job.metadata;
  const [ended] = listOf(at(job, 'status', 'conditions')).slice(-1);
  const leftMs = Date.parse(String(ended?.lastTransitionTime)) + seconds * 1000 - context.now().getTime();
  context.due.at(`job-ttl/${namespace}/${name}`, Math.max(0, leftMs), () => {
    const found = context.store.get(known.jobs, namespace, name);
    if (found?.metadata.uid === job.metadata.uid) context.store.remove(known.jobs, found);
  });
}
