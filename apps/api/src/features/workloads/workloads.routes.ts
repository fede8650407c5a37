import {
  deleteObject,
  deletePod,
  labelObject,
  readLiveObject,
  readPodLogs,
  restartWorkload,
  scaleWorkload,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { PermissionTarget } from '../../platform/principal.ts';
import type { LiveObjects } from './live-objects.ts';
import type { ObjectActions } from './object-actions.ts';
import type { PodLogs } from './pod-logs.ts';

/** `_` is cluster-wide. */
const placeOf = ({ params: { id, namespace } }: { params: { id: string; namespace: string } }): PermissionTarget => ({
  clusterId: id,
  ...(namespace === '_' ? {} : { namespace }),
});

export function workloadsRoutes(deps: {
  podLogs: PodLogs;
  liveObjects: LiveObjects;
  objectActions: ObjectActions;
}): BoundEndpoint[] {
  const { podLogs, liveObjects, objectActions } = deps;
  return [
    bind(readPodLogs, placeOf, async ({ params, query }, { actor }) =>
      podLogs.read(actor, { clusterId: params.id, namespace: params.namespace, pod: params.pod, ...query }),
    ),
    bind(readLiveObject, placeOf, async ({ params: { id, ...address } }, { principal }) =>
      liveObjects.read(principal, { clusterId: id, ...address }),
    ),
    bind(restartWorkload, placeOf, async ({ params: { id, ...workload }, body }, { actor }) => {
      await objectActions.restart(actor, { clusterId: id, group: 'apps', ...workload }, body.uid);
      return undefined;
    }),
    bind(scaleWorkload, placeOf, async ({ params: { id, ...workload }, body }, { actor }) =>
      objectActions.scale(actor, { clusterId: id, group: 'apps', ...workload }, body),
    ),
    bind(deletePod, placeOf, async ({ params: { id, ...pod }, query }, { actor }) => {
      await objectActions.delete(actor, { clusterId: id, group: 'core', plural: 'pods', ...pod }, query.uid);
      return undefined;
    }),
    bind(deleteObject, placeOf, async ({ params: { id, ...address }, query }, { actor }) => {
      await objectActions.delete(actor, { clusterId: id, ...address }, query.uid);
      return undefined;
    }),
    bind(labelObject, placeOf, async ({ params: { id, ...address }, body }, { actor }) => {
      await objectActions.label(actor, { clusterId: id, ...address }, body);
      return undefined;
    }),
  ];
}
