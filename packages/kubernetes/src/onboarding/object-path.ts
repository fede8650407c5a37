import type { ManifestObject } from './manifest-types.ts';

const plurals: Readonly<Record<ManifestObject['kind'], string>> = {
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  Secret: 'secrets',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
};

export type ObjectPlace = { path: string; group: string; resource: string };

/** Where an object of the manifest lives. */
export function placeOf({ apiVersion, kind, metadata }: ManifestObject): ObjectPlace {
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const namespace = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const resource = plurals[kind];
  return {
    path: `${root}${namespace}/${resource}/${metadata.name}`,
    group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
    resource,
  };
}
