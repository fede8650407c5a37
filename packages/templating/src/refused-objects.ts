/** Kinds that are not in a namespace; templates may not make them: namespaces come from the project's rules. */
const clusterScoped = new Set([
  'APIService',
  'CSIDriver',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'GatewayClass',
  'IngressClass',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeSnapshotClass',
]);

/** What gives rights in the cluster: people get theirs from the project, pods none. */
const givesRights = new Set(['Role', 'RoleBinding']);

/** Why no template may make an object, as a sentence; `undefined` when it may. */
export function whyRefused(object: { kind: string; data?: unknown; stringData?: unknown }): string | undefined {
  if (clusterScoped.has(object.kind)) return `${object.kind} is not in a namespace: a template may not make one.`;
  if (givesRights.has(object.kind)) return `${object.kind} gives rights in the cluster: a template may not make one.`;
  if (object.kind === 'Secret' && (object.data !== undefined || object.stringData !== undefined))
    return 'A Secret with its values in the template is refused: name one that is in the cluster.';
  return undefined;
}
