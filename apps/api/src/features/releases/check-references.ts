import { type ApplyContext, type KubernetesObject, objectPath } from '@quarterdeck/kubernetes';
import type { Finding } from './finding.ts';
import type { PreparedObject } from './prepare-object.ts';

type ReferredKind = 'Secret' | 'ConfigMap' | 'StorageClass' | 'IngressClass';
/** Something by its name that an object of a release needs and may not bring along. */
export type Reference = {
  kind: ReferredKind;
  name: string;
  by: PreparedObject;
  /** What it must have, where it is not read as a whole. */
  keys?: readonly string[];
  isPullSecret?: boolean;
};

/** By a key of its own, or by the keys of what is mounted. */
type Named = { name?: string; optional?: boolean; key?: string; items?: { key?: string }[] };
type Container = {
  env?: { valueFrom?: { secretKeyRef?: Named; configMapKeyRef?: Named } }[];
  envFrom?: { secretRef?: Named; configMapRef?: Named }[];
};
type VolumeSource = { secret?: Named & { secretName?: string }; configMap?: Named };
type Keyed = { data?: Record<string, unknown>; binaryData?: Record<string, unknown> };
type PodSpec = {
  containers?: Container[];
  initContainers?: Container[];
  volumes?: (VolumeSource & { projected?: { sources?: VolumeSource[] } })[];
  imagePullSecrets?: Named[];
};

const groups: Record<ReferredKind, { group: string; code: string }> = {
  Secret: { group: '', code: 'secret_missing' },
  ConfigMap: { group: '', code: 'config_missing' },
  StorageClass: { group: 'storage.k8s.io', code: 'class_missing' },
  IngressClass: { group: 'networking.k8s.io', code: 'class_missing' },
};
/** Name and labels without what is in it. */
export const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/**
 * What objects refer to and neither the cluster nor the release has, or has without the key that is read: pods would
 * wait for it for ever. Of what is there names of keys are kept, never a value.
 */
export async function missingReferences(
  context: ApplyContext,
  namespace: string,
  objects: readonly PreparedObject[],
): Promise<Finding[]> {
  const brought = new Map(objects.flatMap(({ manifest }) => bringsAlong(manifest)));
  const wanted = Map.groupBy(objects.flatMap(referencesOf), ({ kind, name }) => `${kind}/${name}`);
  const found = await Promise.all(
    [...wanted].map(async ([key, references]) => {
      const [first] = references as [Reference, ...Reference[]];
      const has = brought.get(key) ?? (await lookFor(context, namespace, first, references.some(asksForKeys)));
      if (has === 'missing') return [findingOf(first)];
      return has === 'unknown' ? [] : keyFindings(references, has);
    }),
  );
  return found.flat();
}

/** Keys of something that is there; `unknown` where they do not matter, or the cluster does not tell. */
type Has = ReadonlySet<string> | 'missing' | 'unknown';

const asksForKeys = ({ keys = [] }: Reference) => keys.length > 0;

/** A cluster that does not tell is taken to have it. */
async function lookFor(
  context: ApplyContext,
  namespace: string,
  { kind, name }: Reference,
  withKeys: boolean,
): Promise<Has> {
  const { group } = groups[kind];
  const isNamespaced = group === '';
  const path = objectPath({ group, version: 'v1', kind, name, ...(isNamespaced ? { namespace } : {}) });
  const { client, identity } = context;
  const accept = withKeys ? {} : { accept: metadataOnly };
  const response = await client.request<Keyed>({ method: 'GET', path, identity, priority: 'deploy', ...accept });
  if (response.status === 404) return 'missing';
  return withKeys && response.status === 200 ? keysIn(response.body) : 'unknown';
}

const keysIn = ({ data, binaryData }: Keyed) => new Set([...Object.keys(data ?? {}), ...Object.keys(binaryData ?? {})]);

/** One a key that is not there, at the first object that reads it. */
function keyFindings(references: readonly Reference[], has: ReadonlySet<string>): Finding[] {
  const missing = new Map<string, Reference>();
  for (const reference of references)
    for (const key of reference.keys ?? []) if (!has.has(key) && !missing.has(key)) missing.set(key, reference);
  return [...missing].map(([key, { kind, name, by }]) => ({
    level: 'block',
    code: groups[kind].code,
    detail: `${kind} ${name} there has no key ${key}.`,
    object: refOf(by),
    field: key,
    remedy: `Add key ${key} to ${kind} ${name}, or correct the name of the key.`,
  }));
}

function findingOf({ kind, name, by, isPullSecret }: Reference): Finding {
  return {
    level: isPullSecret === true ? 'warn' : 'block',
    code: groups[kind].code,
    detail:
      isPullSecret === true
        ? `Its pull secret ${name} does not exist there: a private image could not be pulled.`
        : `${kind} ${name} does not exist there, and this release does not bring it.`,
    object: refOf(by),
    remedy: kind.endsWith('Class') ? `Choose a ${kind} that the cluster has.` : `Make ${kind} ${name} there first.`,
  };
}

export function referencesOf(object: PreparedObject): Reference[] {
  const { manifest } = object;
  const of = (kind: ReferredKind, named: readonly (Named | undefined)[], isPullSecret = false): Reference[] =>
    named.flatMap((each) =>
      each?.name === undefined || each.name === '' || each.optional === true
        ? []
        : [{ kind, name: each.name, by: object, ...keysOf(each), ...(isPullSecret ? { isPullSecret } : {}) }],
    );
  const pod = podSpecOf(manifest);
  const containers = [...(pod?.containers ?? []), ...(pod?.initContainers ?? [])];
  const sources = (pod?.volumes ?? []).flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]);
  const env = containers.flatMap((container) => container.env ?? []).map(({ valueFrom }) => valueFrom);
  const envFrom = containers.flatMap((container) => container.envFrom ?? []);
  const spec = (manifest.spec ?? {}) as {
    storageClassName?: string;
    ingressClassName?: string;
    volumeClaimTemplates?: { spec?: { storageClassName?: string } }[];
  };
  return [
    ...of('Secret', [
      ...env.map((from) => from?.secretKeyRef),
      ...envFrom.map(({ secretRef }) => secretRef),
      ...sources.map(({ secret }) => secret && { ...secret, ...nameOf(secret.secretName ?? secret.name) }),
    ]),
    ...of('ConfigMap', [
      ...env.map((from) => from?.configMapKeyRef),
      ...envFrom.map(({ configMapRef }) => configMapRef),
      ...sources.map(({ configMap }) => configMap),
    ]),
    ...of('Secret', pod?.imagePullSecrets ?? [], true),
    ...of('StorageClass', [
      nameOf(spec.storageClassName),
      ...(spec.volumeClaimTemplates ?? []).map((claim) => nameOf(claim.spec?.storageClassName)),
    ]),
    ...of('IngressClass', [nameOf(spec.ingressClassName)]),
  ];
}

const nameOf = (name: string | undefined): Named => (name === undefined ? {} : { name });

function keysOf({ key, items = [] }: Named): { keys?: string[] } {
  const keys = [key, ...items.map((item) => item.key)].flatMap((each) =>
    each === undefined || each === '' ? [] : each,
  );
  return keys.length === 0 ? {} : { keys };
}

/** What an object puts there itself, or has an operator put there: of that the keys are not known yet. */
function bringsAlong(object: KubernetesObject): [name: string, has: Has][] {
  const { kind, metadata, spec } = object;
  if (kind === 'SealedSecret') return [[`Secret/${metadata.name}`, 'unknown']];
  if (kind === 'ExternalSecret')
    return [
      [`Secret/${(spec as { target?: { name?: string } } | undefined)?.target?.name ?? metadata.name}`, 'unknown'],
    ];
  return [[`${kind}/${metadata.name}`, kind === 'ConfigMap' ? keysIn(object as Keyed) : 'unknown']];
}

/** The pods that an object makes, wherever their template stands. */
export function podSpecOf({ kind, spec }: KubernetesObject): PodSpec | undefined {
  type Templated = { template?: { spec?: PodSpec }; jobTemplate?: { spec?: { template?: { spec?: PodSpec } } } };
  const { template, jobTemplate } = (spec ?? {}) as Templated;
  if (kind === 'Pod') return spec as PodSpec;
  return template?.spec ?? jobTemplate?.spec?.template?.spec;
}

export function refOf({ record }: PreparedObject) {
  return {
    group: record.group,
    kind: record.kind,
    ...(record.namespace === '' ? {} : { namespace: record.namespace }),
    name: record.name,
  };
}
