import { at, type Json, type KubeObject, listOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, putStatus, stamp } from './context.ts';

export function running(pod: KubeObject): Json {
  const [status] = listOf(at(pod, 'status', 'containerStatuses'));
  return { state: status?.state, ...(status?.lastState === undefined ? {} : { lastState: status.lastState }) };
}

/** All containers of a simulated pod share one state. */
export function setContainers(context: Context, pod: KubeObject, state: Json, ended?: 'Succeeded' | 'Failed'): void {
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
  const inits = listOf(at(pod, 'status', 'initContainerStatuses'));
  const initialized =
    listOf(at(pod, 'spec', 'initContainers')).length === inits.length &&
    inits.every((each) => at(each, 'state', 'terminated', 'exitCode') === 0);
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
              reason: ended === 'Succeeded' ? 'PodCompleted' : 'ContainersNotReady',
              message: `containers with unready status: [${containerStatuses.map((each) => each.name).join(' ')}]`,
            }),
      }
    );
  };
  const bits = Number.parseInt(pod.metadata.uid.slice(0, 4), 16);
  putStatus(context, known.pods, context.store.get(known.pods, pod.metadata.namespace, pod.metadata.name) ?? pod, {
    ...pod.status,
    phase: ended ?? (isRunning || state.lastState !== undefined ? 'Running' : 'Pending'),
    startTime: at(pod, 'status', 'startTime') ?? now,
    podIP: `10.244.${bits >> 8}.${bits & 255}`,
    podIPs: [{ ip: `10.244.${bits >> 8}.${bits & 255}` }],
    conditions: [
      condition('Initialized', initialized),
      condition('Ready', ready),
      condition('ContainersReady', ready),
      condition('PodScheduled', true),
    ],
    containerStatuses,
  });
}
