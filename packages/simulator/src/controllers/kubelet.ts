import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { missingSource } from './config-sources.ts';
import { type Context, emit, stamp } from './context.ts';
import { advanceInit } from './init-containers.ts';
import { type Ending, endingOf, failsBy, readyDelayOf, runTimeOf, spread } from './pod-behaviour.ts';
import { running, setContainers } from './pod-status.ts';
import { schedule } from './scheduler.ts';

const retrySchedulingMs = 15_000;
const retryConfigMs = 10_000;
const probeMs = 10_000;
/** Probes that fail go on failing: after this many events it is known. */
const probesTold = 6;

/** Takes a pod one step further in its life, and plans the step after that. */
export function advancePod(context: Context, namespace: string, name: string): unknown {
  const { store, due } = context;
  const pod = store.get(known.pods, namespace, name);
  if (pod === undefined) return due.cancel(`pod/${namespace}/${name}`);
  const again = (delayMs: number) =>
    due.at(`pod/${namespace}/${name}`, delayMs, () => advancePod(context, namespace, name));
  if (at(pod, 'spec', 'nodeName') === undefined) return again(schedule(context, pod) ? 0 : retrySchedulingMs);

  const [status] = listOf(at(pod, 'status', 'containerStatuses'));
  const waiting = textOf(at(status, 'state', 'waiting', 'reason'));
  const restarts = Number(status?.restartCount ?? 0);
  if (status === undefined) {
    setContainers(context, pod, { state: { waiting: { reason: 'ContainerCreating' } } });
    return again(400 + spread(pod) * 1200);
  }
  const init = advanceInit(context, pod);
  if (init !== undefined) return again(init);
  if (waiting === 'ContainerCreating' || waiting === 'CreateContainerConfigError') {
    const bad = listOf(at(pod, 'spec', 'containers'))
      .map(({ image }) => textOf(image))
      .find((image) => image.endsWith(':missing') || failsBy(pod, 'image-pull'));
    if (bad !== undefined) {
      pullFails(context, pod, bad, 'ErrImagePull');
      return again(2500);
    }
    const missing = missingSource(context, pod);
    if (missing === undefined) return start(context, pod, restarts, again);
    setContainers(context, pod, { state: { waiting: { reason: 'CreateContainerConfigError', message: missing } } });
    emit(context, pod, 'Warning', 'Failed', `Error: ${missing}`);
    return again(retryConfigMs);
  }
  if (waiting === 'ErrImagePull') return pullFails(context, pod, textOf(status.image), 'ImagePullBackOff');
  if (waiting === 'CrashLoopBackOff') return start(context, pod, restarts + 1, again);
  if (at(status, 'state', 'running') === undefined) return;
  const isOnce = at(pod, 'spec', 'restartPolicy') !== 'Always';
  const ending = endingOf(pod);
  if (ending !== undefined) {
    if (failsBy(pod, 'liveness')) probeFails(context, pod, 'Liveness');
    if (at(pod, 'spec', 'restartPolicy') === 'Never') return finish(context, pod, ending);
    end(context, pod, status, ending);
    return again(Math.min(300, 10 * 2 ** restarts) * 1000);
  }
  if (failsBy(pod, 'never-ready'))
    return probeFails(context, pod, 'Readiness') < probesTold ? again(probeMs) : undefined;
  const runMs = isOnce ? runTimeOf(pod) : undefined;
  if (status.ready !== true) {
    setContainers(context, pod, { ...running(pod), ready: true, restartCount: restarts });
    return runMs === undefined ? undefined : again(runMs);
  }
  if (runMs === undefined) return;
  const leftMs = Date.parse(textOf(at(status, 'state', 'running', 'startedAt'))) + runMs - context.now().getTime();
  return leftMs > 0 ? again(leftMs) : finish(context, pod, { reason: 'Completed', exitCode: 0 });
}

/** The containers of a pod that is not started again come to their end, and the pod with them. */
function finish(context: Context, pod: KubeObject, { reason, exitCode }: Pick<Ending, 'reason' | 'exitCode'>): void {
  const [status] = listOf(at(pod, 'status', 'containerStatuses'));
  const startedAt = at(status, 'state', 'running', 'startedAt');
  const terminated = { reason, exitCode, startedAt, finishedAt: stamp(context) };
  const restartCount = Number(status?.restartCount ?? 0);
  setContainers(context, pod, { state: { terminated }, restartCount }, exitCode === 0 ? 'Succeeded' : 'Failed');
}

/** @returns how often it failed by now */
function probeFails(context: Context, pod: KubeObject, probe: 'Liveness' | 'Readiness'): number {
  const message = `${probe} probe failed: HTTP probe failed with statuscode: 503`;
  return emit(context, pod, 'Warning', 'Unhealthy', message);
}

function start(context: Context, pod: KubeObject, restarts: number, again: (delayMs: number) => void): void {
  const [before] = listOf(at(pod, 'status', 'containerStatuses'));
  const last = at(before, 'lastState');
  setContainers(context, pod, {
    state: { running: { startedAt: stamp(context) } },
    restartCount: restarts,
    ...(last === undefined ? {} : { lastState: last }),
  });
  for (const { name, image } of listOf(at(pod, 'spec', 'containers'))) {
    emit(context, pod, 'Normal', 'Pulled', `Container image "${textOf(image)}" already present on machine`);
    emit(context, pod, 'Normal', 'Started', `Started container ${textOf(name)}`);
  }
  again(endingOf(pod)?.afterMs ?? readyDelayOf(pod));
}

function end(context: Context, pod: KubeObject, status: Json, { reason, exitCode }: Ending): void {
  const name = textOf(status.name);
  const startedAt = at(status, 'state', 'running', 'startedAt');
  const terminated = { reason, exitCode, startedAt, finishedAt: stamp(context) };
  const restarts = Number(status.restartCount ?? 0);
  const wait = Math.min(300, 10 * 2 ** restarts);
  const where = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
  const message = `back-off ${wait < 60 ? `${wait}s` : `${Math.floor(wait / 60)}m${wait % 60}s`} restarting failed container=${name} pod=${where}`;
  setContainers(context, pod, {
    state: { waiting: { reason: 'CrashLoopBackOff', message } },
    lastState: { terminated },
    restartCount: restarts,
  });
  emit(context, pod, 'Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${where}`);
}

function pullFails(
  context: Context,
  pod: KubeObject,
  image: string,
  reason: 'ErrImagePull' | 'ImagePullBackOff',
): void {
  const repository = image.replace(/:[^/]*$/, '');
  const why = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${repository}: not found`;
  const message = reason === 'ErrImagePull' ? why : `Back-off pulling image "${image}": ErrImagePull: ${why}`;
  setContainers(context, pod, { state: { waiting: { reason, message } }, image });
  if (reason === 'ErrImagePull') {
    emit(context, pod, 'Warning', 'Failed', `Failed to pull image "${image}": ${why}`);
    emit(context, pod, 'Warning', 'Failed', 'Error: ErrImagePull');
  } else emit(context, pod, 'Normal', 'BackOff', `Back-off pulling image "${image}"`);
}
