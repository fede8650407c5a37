export type PolicyRule = {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
};

/** An object of the onboarding manifest, as it goes to the cluster. */
export type ManifestObject = {
  apiVersion: string;
  kind: 'Namespace' | 'ServiceAccount' | 'Secret' | 'ClusterRole' | 'ClusterRoleBinding' | 'Role' | 'RoleBinding';
  metadata: {
    name: string;
    namespace?: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
  };
  [field: string]: unknown;
};

/** One watched kind: group (empty for core) and plural. */
export type InventoryKind = { group: string; resource: string };
