import type { Kind } from '../objects/kinds.ts';
import { known } from '../objects/well-known.ts';

/** What stands below an object of a kind, beside the object itself. */
export type Subresource = {
  name: string;
  verbs: readonly string[];
  /** What it speaks of, where that is not the kind itself. */
  responseKind?: { group: string; version: string; kind: string };
};

const change = ['get', 'patch', 'update'];
/** They speak another protocol than HTTP. */
export const streamed = ['exec', 'attach', 'portforward'] as const;

const ofPods: readonly Subresource[] = [
  { name: 'attach', verbs: ['create', 'get'], responseKind: { group: '', version: 'v1', kind: 'PodAttachOptions' } },
  { name: 'exec', verbs: ['create', 'get'], responseKind: { group: '', version: 'v1', kind: 'PodExecOptions' } },
  { name: 'log', verbs: ['get'] },
  {
    name: 'portforward',
    verbs: ['create', 'get'],
    responseKind: { group: '', version: 'v1', kind: 'PodPortForwardOptions' },
  },
  { name: 'ephemeralcontainers', verbs: change },
  { name: 'eviction', verbs: ['create'], responseKind: { group: 'policy', version: 'v1', kind: 'Eviction' } },
];
const ofAccounts: readonly Subresource[] = [
  {
    name: 'token',
    verbs: ['create'],
    responseKind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  },
];
const scale: Subresource = {
  name: 'scale',
  verbs: change,
  responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
};
const scaled = new Set([known.deployments, known.replicaSets, known.statefulSets]);
const withoutStatus = new Set([
  ...['ConfigMap', 'Secret', 'ServiceAccount', 'Event', 'LimitRange', 'EndpointSlice', 'NetworkPolicy'],
  ...['Lease', 'ControllerRevision', 'ValidatingAdmissionPolicyBinding'],
  ...[
    'NodeMetrics',
    'PodMetrics',
    'PriorityClass',
    'StorageClass',
    'IngressClass',
    'ClusterRole',
    'ClusterRoleBinding',
    'Role',
    'RoleBinding',
  ],
]);

/** Whether the status of a kind is written by itself. */
export function hasStatus(kind: Kind): boolean {
  return kind.isCustom === true ? kind.hasStatus === true : !withoutStatus.has(kind.kind);
}

export function subresourcesOf(kind: Kind): readonly Subresource[] {
  return [
    ...(kind === known.pods ? ofPods : []),
    ...(kind === known.serviceAccounts ? ofAccounts : []),
    ...(scaled.has(kind) ? [scale] : []),
    ...(hasStatus(kind) ? [{ name: 'status', verbs: change }] : []),
  ];
}
