import type { WatchedKind } from '../kinds/kind.ts';
import type { Json } from '../projection/values.ts';
import { compileBinding, compileRole } from './compile.ts';
import type { RbacObject } from './policy.ts';

const group = 'rbac.authorization.k8s.io';

function rbacKind(kind: string, namespaced: boolean, compile: (object: Json) => RbacObject): WatchedKind {
  return {
    group,
    version: 'v1',
    resource: `${kind.toLowerCase()}s`,
    kind,
    namespaced,
    // Right after the namespaces: without them no row of the cluster is shown to anybody.
    rank: 5,
    project: (object) => ({ health: 'healthy', statusText: '', facts: {}, rbac: compile(object) }),
  };
}

/** Who may what inside a cluster: watched with the inventory, and never rows of it. */
export const rbacKinds: readonly WatchedKind[] = [
  rbacKind('ClusterRole', false, (object) => compileRole('cluster_role', object)),
  rbacKind('Role', true, (object) => compileRole('role', object)),
  rbacKind('ClusterRoleBinding', false, (object) => compileBinding('cluster_role_binding', object)),
  rbacKind('RoleBinding', true, (object) => compileBinding('role_binding', object)),
];
