import { at, type KubeObject, listOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, putStatus, stamp } from './context.ts';

/** Whether somebody added a container for debugging that does not run yet. */
export function hasNewEphemeral(pod: KubeObject): boolean {
  const added = listOf(at(pod, 'spec', 'ephemeralContainers')).length;
  return added > listOf(at(pod, 'status', 'ephemeralContainerStatuses')).length;
}

/** Starts what was added for debugging, in a pod that is on a node. */
export function startEphemeral(context: Context, namespace: string, name: string): void {
  const pod = context.store.get(known.pods, namespace, name);
  if (pod === undefined || at(pod, 'spec', 'nodeName') === undefined || !hasNewEphemeral(pod)) return;
  const before = listOf(at(pod, 'status', 'ephemeralContainerStatuses'));
  const ephemeralContainerStatuses = listOf(at(pod, 'spec', 'ephemeralContainers')).map(
    ({ name: container, image }) =>
      before.find((each) => each.name === container) ?? {
        name: container,
        image,
        imageID: '',
        ready: false,
        restartCount: 0,
        state: { running: { startedAt: stamp(context) } },
      },
  );
  putStatus(context, known.pods, pod, { ...pod.status, ephemeralContainerStatuses });
}
