import {
  deleteObject,
  deletePod,
  diagnoseWorkload,
  labelObject,
  previewDeed,
  readLiveObject,
  readPodLogs,
  restartWorkload,
  scaleWorkload,
} from '@quarterdeck/contracts';
import { type BoundEndpoint, bind } from '../../platform/http/bind.ts';
import type { PermissionTarget } from '../../platform/principal.ts';
import type { Diagnoses } from './diagnosis.ts';
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
  diagnoses: Diagnoses;
  objectActions: ObjectActions;
}): BoundEndpoint[] {
  const { podLogs, liveObjects, diagnoses, objectActions } = deps;
  return [
    bind(readPodLogs, placeOf, async ({ params, query }, { actor }) =>
      podLogs.read(actor, { clusterId: params.id, namespace: params.namespace, pod: params.pod, ...query }),
    ),
    bind(readLiveObject, placeOf, async ({ params: { id, ...address } }, { principal }) =>
      liveObjects.read(principal, { clusterId: id, ...address }),
    ),
    bind(diagnoseWorkload, placeOf, async ({ params: { id, ...workload } }, { principal }) =>
      diagnoses.of(principal, { clusterId: id, ...workload }),
    ),
    bind(restartWorkload, placeOf, async ({ params: { id, ...workload }, body: { uid } }, { actor }) => {
      await objectActions.act(actor, { clusterId: id, group: 'apps', ...workload }, uid, { kind: 'restart' });
      return undefined;
    }),
    bind(scaleWorkload, placeOf, async ({ params: { id, ...workload }, body: { uid, replicas } }, { actor }) => {
      const address = { clusterId: id, group: 'apps', ...workload };
      const { replicas: from, warnings } = await objectActions.act(actor, address, uid, { kind: 'scale', replicas });
      return { before: from?.before ?? replicas, after: replicas, warnings };
    }),
    bind(deletePod, placeOf, async ({ params: { id, ...pod }, query }, { actor }) => {
      const address = { clusterId: id, group: 'core', plural: 'pods', ...pod };
      await objectActions.act(actor, address, query.uid, { kind: 'delete' });
      return undefined;
    }),
    bind(deleteObject, placeOf, async ({ params: { id, ...address }, query }, { actor }) => {
      await objectActions.act(actor, { clusterId: id, ...address }, query.uid, { kind: 'delete' });
      return undefined;
    }),
    bind(labelObject, placeOf, async ({ params: { id, ...address }, body: { uid, labels } }, { actor }) => {
      await objectActions.act(actor, { clusterId: id, ...address }, uid, { kind: 'label', labels });
      return undefined;
    }),
    bind(previewDeed, placeOf, async ({ params: { id, ...address }, body: { uid, deed } }, { actor }) =>
      objectActions.preview(actor, { clusterId: id, ...address }, uid, deed),
    ),
  ];
}
