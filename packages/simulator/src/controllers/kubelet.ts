import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { type Context, emit, known, putStatus, stamp } from './context.ts';
import { schedule } from './scheduler.ts';

const prefix = 'sim.quarterdeck.dev/';
const retrySchedulingMs = 15_000;

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
  const annotations = pod.metadata.annotations ?? {};
  const restarts = Number(status?.restartCount ?? 0);
  if (status === undefined) {
    setContainers(context, pod, { state: { waiting: { reason: 'ContainerCreating' } } });
    return again(400 + spread(pod) * 1200);
  }
  if (waiting === 'ContainerCreating') {
    const bad = listOf(at(pod, 'spec', 'containers'))
      .map(({ image }) => textOf(image))
      .find((image) => isMissing(image, annotations));
    if (bad === undefined) return start(context, pod, restarts, again);
    pullFails(context, pod, bad, 'ErrImagePull');
    return again(2500);
  }
  if (waiting === 'ErrImagePull') return pullFails(context, pod, textOf(status.image), 'ImagePullBackOff');
  if (waiting === 'CrashLoopBackOff') return start(context, pod, restarts + 1, again);
  if (at(status, 'state', 'running') === undefined) return;
  const crash = annotations[`${prefix}crash-after`];
  const oom = annotations[`${prefix}oom-after`];
  if (crash !== undefined || oom !== undefined) {
    end(
      context,
      pod,
      status,
      oom === undefined ? { reason: 'Error', exitCode: 1 } : { reason: 'OOMKilled', exitCode: 137 },
    );
    return again(Math.min(300, 10 * 2 ** restarts) * 1000);
  }
  if (annotations[`${prefix}never-ready`] !== undefined) {
    emit(context, pod, 'Warning', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503');
    return;
  }
  if (status.ready !== true) setContainers(context, pod, { ...running(pod), ready: true, restartCount: restarts });
}

function start(context: Context, pod: KubeObject, restarts: number, again: (delayMs: number) => void): void {
  const annotations = pod.metadata.annotations ?? {};
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
  again(
    milliseconds(annotations[`${prefix}crash-after`] ?? annotations[`${prefix}oom-after`]) ?? 300 + spread(pod) * 700,
  );
}

function end(
  context: Context,
  pod: KubeObject,
  status: Json,
  { reason, exitCode }: { reason: string; exitCode: number },
): void {
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

function running(pod: KubeObject): Json {
  const [status] = listOf(at(pod, 'status', 'containerStatuses'));
  return { state: status?.state, ...(status?.lastState === undefined ? {} : { lastState: status.lastState }) };
}

/** All containers of a simulated pod share one state. */
function setContainers(context: Context, pod: KubeObject, state: Json): void {
  const now = stamp(context);
  const isRunning = at(state, 'state', 'running') !== undefined;
  const ready = state.ready === true;
  const containerStatuses = listOf(at(pod, 'spec', 'containers')).map(({ name, image }) => ({
    name,
    image,
    imageID: '',
    ready: false,
    started: isRunning,
    restartCount: 0,
    ...state,
  }));
  const before = listOf(at(pod, 'status', 'conditions'));
  const condition = (type: string, isTrue: boolean) => {
    const status = isTrue ? 'True' : 'False';
    const same = before.find((each) => each.type === type && each.status === status);
    return (
      same ?? {
        type,
        status,
        lastTransitionTime: now,
        ...(isTrue
          ? {}
          : {
              reason: 'ContainersNotReady',
              message: `containers with unready status: [${containerStatuses.map((each) => each.name).join(' ')}]`,
            }),
      }
    );
  };
  const bits = Number.parseInt(pod.metadata.uid.slice(0, 4), 16);
  putStatus(context, known.pods, context.store.get(known.pods, pod.metadata.namespace, pod.metadata.name) ?? pod, {
    ...pod.status,
    phase: isRunning || state.lastState !== undefined ? 'Running' : 'Pending',
    startTime: at(pod, 'status', 'startTime') ?? now,
    podIP: `10.244.${bits >> 8}.${bits & 255}`,
    podIPs: [{ ip: `10.244.${bits >> 8}.${bits & 255}` }],
    conditions: [
      condition('Initialized', true),
      condition('Ready', ready),
      condition('ContainersReady', ready),
      condition('PodScheduled', true),
    ],
    containerStatuses,
  });
}

function isMissing(image: string, annotations: Readonly<Record<string, string>>): boolean {
  return image.endsWith(':missing') || annotations[`${prefix}pull`] === 'missing';
}

function milliseconds(text: string | undefined): number | undefined {
  const match = /^(\d+)(ms|s|m)$/.exec(text ?? '');
  return match === null ? undefined : Number(match[1]) * { ms: 1, s: 1000, m: 60_000 }[match[2] as 'ms' | 's' | 'm'];
}

/** 0 up to 1, the same for a pod every time. */
function spread(pod: KubeObject): number {
  return Number.parseInt(pod.metadata.uid.slice(-4), 16) / 65_536;
}
