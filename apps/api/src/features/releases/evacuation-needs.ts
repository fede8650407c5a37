import { type KubernetesObject, podRequests } from '@quarterdeck/kubernetes';

type Json = Record<string, unknown>;

/** What one pod asks for; what it does not ask for counts as nothing. */
export type PodNeeds = { cpuMilli: number; memoryBytes: number };

export type Needs = {
  /** One entry a pod. */
  pods: PodNeeds[];
  /** Names that must be there already. */
  secrets: string[];
  configMaps: string[];
  storageClasses: string[];
  ingressClasses: string[];
  priorityClasses: string[];
  runtimeClasses: string[];
  /** Hosts that images come from. */
  registries: string[];
  /** Objects that hold data, such as `StatefulSet/db`. */
  data: string[];
  /** Workloads that may run once only, such as `Deployment/scheduler`. */
  single: string[];
};

const podsMost = 1000;

/** What a place must give so that these objects run there; by their bytes alone. */
export function needsOf(objects: readonly KubernetesObject[]): Needs {
  const own = (kind: string) =>
    new Set(objects.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name));
  const specs = objects.flatMap((object) => {
    const spec = podSpecOf(object);
    return spec === undefined ? [] : [{ object, spec }];
  });
  const each = <T>(read: (spec: Json) => readonly T[]) => [...new Set(specs.flatMap(({ spec }) => read(spec)))];
  const [ownSecrets, ownMaps, claims] = [own('Secret'), own('ConfigMap'), own('PersistentVolumeClaim')];
  return {
    pods: specs.flatMap(({ object, spec }) => {
      const { cpuMilli = 0, memoryBytes = 0 } = podRequests(spec as Parameters<typeof podRequests>[0]);
      return Array.from({ length: Math.min(podsMost, replicasOf(object)) }, () => ({ cpuMilli, memoryBytes }));
    }),
    secrets: each(secretsOf).filter((name) => !ownSecrets.has(name)),
    configMaps: each(configMapsOf).filter((name) => !ownMaps.has(name)),
    storageClasses: textsAt(objects, 'storageClassName'),
    ingressClasses: textsAt(objects, 'ingressClassName'),
    priorityClasses: textsAt(objects, 'priorityClassName'),
    runtimeClasses: textsAt(objects, 'runtimeClassName'),
    registries: [...new Set(textsAt(objects, 'image').map(registryOf))],
    data: objects
      .filter(
        ({ kind, spec }) =>
          kind === 'PersistentVolumeClaim' ||
          (kind === 'StatefulSet' && lengthOf((spec as Json | undefined)?.volumeClaimTemplates) > 0),
      )
      .map(nameOf)
      .concat(claims.size === 0 ? each(claimsOf).map((name) => `PersistentVolumeClaim/${name}`) : []),
    single: objects.filter(isSingle).map(nameOf),
  };
}

const nameOf = ({ kind, metadata }: KubernetesObject) => `${kind}/${metadata.name}`;
const lengthOf = (value: unknown) => (Array.isArray(value) ? value.length : 0);
const listOf = (value: unknown): Json[] =>
  Array.isArray(value) ? value.filter((item): item is Json => typeof item === 'object' && item !== null) : [];
const at = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? (found as Json)[key] : undefined),
    value,
  );
const textIn = (value: unknown): string[] => (typeof value === 'string' && value !== '' ? [value] : []);

function podSpecOf(object: KubernetesObject): Json | undefined {
  if (object.kind === 'DaemonSet') return undefined;
  const spec =
    object.kind === 'CronJob'
      ? at(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec')
      : at(object, 'spec', 'template', 'spec');
  return typeof spec === 'object' && spec !== null ? (spec as Json) : undefined;
}

function replicasOf(object: KubernetesObject): number {
  const wanted = object.kind === 'Job' ? at(object, 'spec', 'parallelism') : at(object, 'spec', 'replicas');
  return typeof wanted === 'number' ? wanted : 1;
}

/** One replica that is stopped before the next one starts: nobody can stop the one in a cluster that is away. */
function isSingle(object: KubernetesObject): boolean {
  if (replicasOf(object) !== 1) return false;
  return (
    object.kind === 'StatefulSet' ||
    (object.kind === 'Deployment' && at(object, 'spec', 'strategy', 'type') === 'Recreate')
  );
}

const containersOf = (spec: Json) => [...listOf(spec.initContainers), ...listOf(spec.containers)];
const isNeeded = (reference: unknown) => at(reference, 'optional') !== true;

function secretsOf(spec: Json): string[] {
  return [
    ...listOf(spec.imagePullSecrets).flatMap((each) => textIn(each.name)),
    ...listOf(spec.volumes)
      .filter((each) => isNeeded(each.secret))
      .flatMap((each) => textIn(at(each, 'secret', 'secretName'))),
    ...referencesOf(spec, 'secretKeyRef', 'secretRef'),
  ];
}

function configMapsOf(spec: Json): string[] {
  return [
    ...listOf(spec.volumes)
      .filter((each) => isNeeded(each.configMap))
      .flatMap((each) => textIn(at(each, 'configMap', 'name'))),
    ...referencesOf(spec, 'configMapKeyRef', 'configMapRef'),
  ];
}

function referencesOf(spec: Json, ofKey: string, ofAll: string): string[] {
  return containersOf(spec).flatMap((container) => [
    ...listOf(container.env)
      .map((each) => at(each, 'valueFrom', ofKey))
      .filter(isNeeded)
      .flatMap((each) => textIn(at(each, 'name'))),
    ...listOf(container.envFrom)
      .map((each) => each[ofAll])
      .filter(isNeeded)
      .flatMap((each) => textIn(at(each, 'name'))),
  ]);
}

const claimsOf = (spec: Json) =>
  listOf(spec.volumes).flatMap((each) => textIn(at(each, 'persistentVolumeClaim', 'claimName')));

/** Every text under a key, anywhere. */
function textsAt(value: unknown, key: string, found = new Set<string>()): string[] {
  if (Array.isArray(value)) for (const item of value) textsAt(item, key, found);
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value)) {
      if (name === key && typeof item === 'string' && item !== '') found.add(item);
      else textsAt(item, key, found);
    }
  return [...found];
}

/** `registry.example.com` of `registry.example.com/team/app:1`; Docker's own where none is named. */
export function registryOf(image: string): string {
  const [first = '', ...rest] = image.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}

export type Room = { cpuMilli: number; memoryBytes: number; pods: number };

/** Seats pods on nodes, largest first, each where most is left. @returns what is left, or how many found a seat */
export function seat(nodes: readonly Room[], pods: readonly PodNeeds[]): { left: Room[] } | { seated: number } {
  const left = nodes.map((node) => ({ ...node }));
  let seated = 0;
  for (const pod of pods.toSorted((a, b) => b.memoryBytes - a.memoryBytes || b.cpuMilli - a.cpuMilli)) {
    const node = left
      .filter((room) => room.pods >= 1 && room.cpuMilli >= pod.cpuMilli && room.memoryBytes >= pod.memoryBytes)
      .reduce<Room | undefined>(
        (best, room) => (best === undefined || room.memoryBytes > best.memoryBytes ? room : best),
        undefined,
      );
    if (node === undefined) return { seated };
    node.cpuMilli -= pod.cpuMilli;
    node.memoryBytes -= pod.memoryBytes;
    node.pods -= 1;
    seated += 1;
  }
  return { left };
}
