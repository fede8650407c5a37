import { type Kind, kindOf } from './kinds.ts';

const of = (group: string, plural: string) => kindOf(group, plural) as Kind;
const rbac = 'rbac.authorization.k8s.io';

/** Kinds that the cluster itself knows by name. */
export const known = {
  namespaces: of('', 'namespaces'),
  nodes: of('', 'nodes'),
  pods: of('', 'pods'),
  services: of('', 'services'),
  events: of('', 'events'),
  configMaps: of('', 'configmaps'),
  secrets: of('', 'secrets'),
  serviceAccounts: of('', 'serviceaccounts'),
  limitRanges: of('', 'limitranges'),
  leases: of('coordination.k8s.io', 'leases'),
  quotas: of('', 'resourcequotas'),
  deployments: of('apps', 'deployments'),
  replicaSets: of('apps', 'replicasets'),
  statefulSets: of('apps', 'statefulsets'),
  daemonSets: of('apps', 'daemonsets'),
  revisions: of('apps', 'controllerrevisions'),
  jobs: of('batch', 'jobs'),
  cronJobs: of('batch', 'cronjobs'),
  autoscalers: of('autoscaling', 'horizontalpodautoscalers'),
  slices: of('discovery.k8s.io', 'endpointslices'),
  claims: of('', 'persistentvolumeclaims'),
  volumes: of('', 'persistentvolumes'),
  storageClasses: of('storage.k8s.io', 'storageclasses'),
  definitions: of('apiextensions.k8s.io', 'customresourcedefinitions'),
  budgets: of('policy', 'poddisruptionbudgets'),
  policies: of('admissionregistration.k8s.io', 'validatingadmissionpolicies'),
  policyBindings: of('admissionregistration.k8s.io', 'validatingadmissionpolicybindings'),
  clusterRoles: of(rbac, 'clusterroles'),
  clusterRoleBindings: of(rbac, 'clusterrolebindings'),
  roles: of(rbac, 'roles'),
  roleBindings: of(rbac, 'rolebindings'),
};
