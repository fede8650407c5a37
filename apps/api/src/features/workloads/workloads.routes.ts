import { readLiveObject, readPodLogs } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { LiveObjects } from './live-objects.ts';
import type { PodLogs } from './pod-logs.ts';

export function workloadsRoutes({
  podLogs,
  liveObjects,
}: {
  podLogs: PodLogs;
  liveObjects: LiveObjects;
}): BoundEndpoint[] {
  return [
    bind(
      readPodLogs,
      ({ params }) => ({ clusterId: params.id, namespace: params.namespace }),
      async ({ params, query }, { actor }) =>
        podLogs.read(actor, { clusterId: params.id, namespace: params.namespace, pod: params.pod, ...query }),
    ),
    bind(
      readLiveObject,
      ({ params: { id, namespace } }) => ({ clusterId: id, ...(namespace === '_' ? {} : { namespace }) }),
      async ({ params: { id, ...address } }, { principal }) =>
        liveObjects.read(principal, { clusterId: id, ...address }),
    ),
  ];
}
