import { autoscalerKind } from './autoscaler.ts';
import { cronjobKind } from './cronjob.ts';
import { daemonsetKind } from './daemonset.ts';
import { deploymentKind } from './deployment.ts';
import { endpointsliceKind } from './endpointslice.ts';
import { eventKind } from './event.ts';
import { gatewayKind, routeKinds } from './gateway.ts';
import { ingressKind } from './ingress.ts';
import { jobKind } from './job.ts';
import type { WatchedKind } from './kind.ts';
import { metadataOnlyKinds } from './metadata-only.ts';
import { namespaceKind } from './namespace.ts';
import { nodeKind } from './node.ts';
import { podKind } from './pod.ts';
import { disruptionBudgetKind, limitRangeKind, networkPolicyKind, priorityClassKind, quotaKind } from './policies.ts';
import { replicasetKind } from './replicaset.ts';
import { serviceKind } from './service.ts';
import { statefulsetKind } from './statefulset.ts';
import { claimKind, storageClassKind, volumeKind } from './storage.ts';

/**
 * Every kind with a projection of its own, in the order a cluster starts them. All others that a cluster serves get the
 * generic one.
 */
export const watchedKinds: readonly WatchedKind[] = [
  namespaceKind,
  nodeKind,
  podKind,
  deploymentKind,
  replicasetKind,
  statefulsetKind,
  daemonsetKind,
  jobKind,
  cronjobKind,
  serviceKind,
  endpointsliceKind,
  ingressKind,
  gatewayKind,
  ...routeKinds,
  claimKind,
  volumeKind,
  storageClassKind,
  autoscalerKind,
  disruptionBudgetKind,
  quotaKind,
  limitRangeKind,
  priorityClassKind,
  networkPolicyKind,
  ...metadataOnlyKinds,
  eventKind,
].toSorted((a, b) => a.rank - b.rank);

/**
 * What the onboarding manifest lets the worker read: these kinds, what tells which others a cluster serves, and others
 * that every cluster serves and that no role of Kubernetes lets its viewers read cluster-wide.
 */
export const readableKinds: readonly Pick<WatchedKind, 'group' | 'resource'>[] = [
  ...watchedKinds.map(({ group, resource }) => ({ group, resource })),
  { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
  { group: 'apiregistration.k8s.io', resource: 'apiservices' },
  { group: 'apps', resource: 'controllerrevisions' },
  { group: 'networking.k8s.io', resource: 'ingressclasses' },
  { group: 'admissionregistration.k8s.io', resource: 'validatingadmissionpolicies' },
  { group: 'admissionregistration.k8s.io', resource: 'validatingadmissionpolicybindings' },
];
