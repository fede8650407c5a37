import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, putStatus, stamp } from './context.ts';
import { failInitAnnotation, spread } from './pod-behaviour.ts';

const runMs = 500;

/**
 * Runs the init containers of a pod one after the other before its containers start.
 * @returns milliseconds until it is to be looked at again; `undefined` when all are through
 */
export function advanceInit(context: Context, pod: KubeObject): number | undefined {
  const containers = listOf(at(pod, 'spec', 'initContainers'));
  const statuses = listOf(at(pod, 'status', 'initContainerStatuses'));
  const index = containers.findIndex((_, place) => at(statuses[place], 'state', 'terminated', 'exitCode') !== 0);
  if (index < 0) return undefined;
  const status = statuses[index] ?? {};
  const name = textOf(containers[index]?.name);
  if (at(status, 'state', 'running') === undefined) {
    put(context, pod, index, { state: { running: { startedAt: stamp(context) } }, started: true });
    emit(context, pod, 'Normal', 'Started', `Started container ${name}`);
    return runMs + spread(pod) * runMs;
  }
  const startedAt = at(status, 'state', 'running', 'startedAt');
  const ended = { startedAt, finishedAt: stamp(context) };
  if (pod.metadata.annotations?.[failInitAnnotation] !== name) {
    put(context, pod, index, { ready: true, state: { terminated: { reason: 'Completed', exitCode: 0, ...ended } } });
    return 0;
  }
  const restartCount = Number(status.restartCount ?? 0) + 1;
  const seconds = Math.min(300, 10 * 2 ** (restartCount - 1));
  const where = `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
  const message = `back-off ${seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`} restarting failed container=${name} pod=${where}`;
  put(context, pod, index, {
    restartCount,
    state: { waiting: { reason: 'CrashLoopBackOff', message } },
    lastState: { terminated: { reason: 'Error', exitCode: 1, ...ended } },
  });
  emit(context, pod, 'Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${where}`);
  return seconds * 1000;
}

function put(context: Context, pod: KubeObject, index: number, state: Json): void {
  const before = listOf(at(pod, 'status', 'initContainerStatuses'));
  const containers = listOf(at(pod, 'spec', 'initContainers'));
  const initContainerStatuses = containers.map(({ name, image }, place) => {
    const old = before[place] ?? {
      state: { waiting: { reason: 'PodInitializing' } },
      ready: false,
      restartCount: 0,
    };
    return place === index
      ? { name, image, imageID: '', ready: false, restartCount: 0, ...old, ...state }
      : { name, image, imageID: '', ...old };
  });
  const open = containers.filter(
    (_, place) => at(initContainerStatuses[place], 'state', 'terminated', 'exitCode') !== 0,
  );
  const conditions = listOf(at(pod, 'status', 'conditions')).map((condition) => {
    if (condition.type !== 'Initialized') return condition;
    const { reason: _, message: __, ...rest } = condition;
    if (open.length === 0) return { ...rest, status: 'True', lastTransitionTime: stamp(context) };
    const message = `containers with incomplete status: [${open.map(({ name }) => textOf(name)).join(' ')}]`;
    return { ...rest, status: 'False', reason: 'ContainersNotInitialized', message };
  });
  putStatus(context, known.pods, pod, { ...pod.status, initContainerStatuses, conditions });
}
