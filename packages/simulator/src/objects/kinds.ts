export type Kind = {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  /** As people type it: `deploy`. */
  shortName?: string;
  /** A CustomResourceDefinition made it. */
  isCustom?: true;
  /** Of a custom kind: its status is written by itself. */
  hasStatus?: true;
};

const shortNames: Readonly<Record<string, string>> = {
  configmaps: 'cm',
  cronjobs: 'cj',
  daemonsets: 'ds',
  deployments: 'deploy',
  events: 'ev',
  horizontalpodautoscalers: 'hpa',
  ingresses: 'ing',
  limitranges: 'limits',
  namespaces: 'ns',
  networkpolicies: 'netpol',
  nodes: 'no',
  persistentvolumeclaims: 'pvc',
  persistentvolumes: 'pv',
  poddisruptionbudgets: 'pdb',
  pods: 'po',
  priorityclasses: 'pc',
  replicasets: 'rs',
  resourcequotas: 'quota',
  serviceaccounts: 'sa',
  services: 'svc',
  statefulsets: 'sts',
  storageclasses: 'sc',
};

function kind(group: string, version: string, name: string, plural: string, namespaced = true): Kind {
  const shortName = shortNames[plural];
  return { group, version, plural, kind: name, namespaced, ...(shortName === undefined ? {} : { shortName }) };
}

const rbac = 'rbac.authorization.k8s.io';
const admission = 'admissionregistration.k8s.io';

/** Every kind that the simulated API server stores from the start; definitions add more, see `kind-registry.ts`. */
export const kinds: readonly Kind[] = [
  kind('', 'v1', 'Namespace', 'namespaces', false),
  kind('', 'v1', 'Node', 'nodes', false),
  kind('', 'v1', 'Pod', 'pods'),
  kind('', 'v1', 'Service', 'services'),
  kind('', 'v1', 'Event', 'events'),
  kind('', 'v1', 'ConfigMap', 'configmaps'),
  kind('', 'v1', 'Secret', 'secrets'),
  kind('', 'v1', 'ServiceAccount', 'serviceaccounts'),
  kind('', 'v1', 'ResourceQuota', 'resourcequotas'),
  kind('', 'v1', 'LimitRange', 'limitranges'),
  kind('', 'v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'),
  kind('', 'v1', 'PersistentVolume', 'persistentvolumes', false),
  kind('apps', 'v1', 'Deployment', 'deployments'),
  kind('apps', 'v1', 'ReplicaSet', 'replicasets'),
  kind('apps', 'v1', 'StatefulSet', 'statefulsets'),
  kind('apps', 'v1', 'DaemonSet', 'daemonsets'),
  kind('apps', 'v1', 'ControllerRevision', 'controllerrevisions'),
  kind('batch', 'v1', 'Job', 'jobs'),
  kind('batch', 'v1', 'CronJob', 'cronjobs'),
  kind('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  kind('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices'),
  kind('autoscaling', 'v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers'),
  kind('networking.k8s.io', 'v1', 'Ingress', 'ingresses'),
  kind('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies'),
  kind('networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses', false),
  kind('policy', 'v1', 'PodDisruptionBudget', 'poddisruptionbudgets'),
  kind('scheduling.k8s.io', 'v1', 'PriorityClass', 'priorityclasses', false),
  kind('storage.k8s.io', 'v1', 'StorageClass', 'storageclasses', false),
  kind(rbac, 'v1', 'ClusterRole', 'clusterroles', false),
  kind(rbac, 'v1', 'ClusterRoleBinding', 'clusterrolebindings', false),
  kind(rbac, 'v1', 'Role', 'roles'),
  kind(rbac, 'v1', 'RoleBinding', 'rolebindings'),
  kind(admission, 'v1', 'ValidatingAdmissionPolicy', 'validatingadmissionpolicies', false),
  kind(admission, 'v1', 'ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', false),
  {
    ...kind('apiextensions.k8s.io', 'v1', 'CustomResourceDefinition', 'customresourcedefinitions', false),
    shortName: 'crd',
  },
];

export function kindOf(group: string, plural: string): Kind | undefined {
  return kinds.find((each) => each.group === group && each.plural === plural);
}

export function apiVersionOf({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `deployments.apps`, `pods`: as refusals name a kind. */
export function qualified({ group, plural }: Pick<Kind, 'group' | 'plural'>): string {
  return group === '' ? plural : `${plural}.${group}`;
}
