/** Where an object is. `namespace` is left out for kinds without one. */
export type ObjectRef = { group: string; version: string; kind: string; namespace?: string; name: string };

export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  [key: string]: unknown;
};

/** Plurals that are not the kind in lower case with an `s`. */
const plurals: Record<string, string> = {
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  Endpoints: 'endpoints',
  StorageClass: 'storageclasses',
  PriorityClass: 'priorityclasses',
};

export function refOf(object: KubernetesObject): ObjectRef {
  const [first = '', second] = object.apiVersion.split('/');
  const { name, namespace } = object.metadata;
  return {
    group: second === undefined ? '' : first,
    version: second ?? first,
    kind: object.kind,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  };
}

/** Path of the collection an object belongs to. */
export function collectionPathOf({ group, version, kind, namespace }: Omit<ObjectRef, 'name'>): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`;
  return `${root}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${plural}`;
}

export function objectPath(ref: ObjectRef): string {
  return `${collectionPathOf(ref)}/${encodeURIComponent(ref.name)}`;
}

const order = [
  'Namespace',
  'CustomResourceDefinition',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'PersistentVolumeClaim',
  'Service',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Ingress',
];

/** The order in which objects are put out: what others need comes first; unknown kinds last. */
export function orderObjects<T extends { kind: string }>(objects: readonly T[]): T[] {
  const rank = (object: T) => (order.includes(object.kind) ? order.indexOf(object.kind) : order.length);
  return objects.toSorted((a, b) => rank(a) - rank(b));
}
