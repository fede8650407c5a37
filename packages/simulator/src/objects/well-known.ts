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
  quotas: of('', 'resourcequotas'),
  deployments: of('apps', 'deployments'),
  replicaSets: of('apps', 'replicasets'),
  budgets: of('policy', 'poddisruptionbudgets'),
  clusterRoles: of(rbac, 'clusterroles'),
  clusterRoleBindings: of(rbac, 'clusterrolebindings'),
  roles: of(rbac, 'roles'),
  roleBindings: of(rbac, 'rolebindings'),
};
