import { readPodLogs } from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { PodLogs } from './pod-logs.ts';

export function workloadsRoutes(logs: PodLogs): BoundEndpoint[] {
  return [
    bind(
      readPodLogs,
      ({ params }) => ({ clusterId: params.id }),
      async ({ params, query }, { principal }) =>
        logs.read(principal, { clusterId: params.id, namespace: params.namespace, pod: params.pod, ...query }),
    ),
  ];
}
