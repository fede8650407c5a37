import { type ApplyContext, type KubernetesObject, objectPath } from '@quarterdeck/kubernetes';
import type { Finding } from './finding.ts';
import type { PreparedObject } from './prepare-object.ts';

type ReferredKind = 'Secret' | 'ConfigMap' | 'StorageClass' | 'IngressClass';
/** Something by its name that an object of a release needs and may not bring along. */
export type Reference = { kind: ReferredKind; name: string; by: PreparedObject; isPullSecret?: boolean };

type Named = { name?: string; optional?: boolean };
type Container = {
  env?: { valueFrom?: { secretKeyRef?: Named; configMapKeyRef?: Named } }[];
  envFrom?: { secretRef?: Named; configMapRef?: Named }[];
};
type VolumeSource = { secret?: Named & { secretName?: string }; configMap?: Named };
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
const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/**
 * What objects refer to and neither the cluster nor the release has: pods would wait for it for ever. Asks for names
 * alone, never for values.
 */
export async function missingReferences(
  context: ApplyContext,
  namespace: string,
  objects: readonly PreparedObject[],
): Promise<Finding[]> {
  const brought = new Set(objects.flatMap(({ manifest }) => bringsAlong(manifest)));
  const wanted = new Map<string, Reference>();
  for (const reference of objects.flatMap(referencesOf)) {
    const key = `${reference.kind}/${reference.name}`;
    if (!brought.has(key) && !wanted.has(key)) wanted.set(key, reference);
  }
  const found = await Promise.all(
    [...wanted.values()].map(async (reference) => ((await isThere(context, namespace, reference)) ? [] : reference)),
  );
  return found.flat().map(findingOf);
}

/** A cluster that does not tell is taken to have it. */
async function isThere(context: ApplyContext, namespace: string, { kind, name }: Reference): Promise<boolean> {
  const { group } = groups[kind];
  const isNamespaced = group === '';
  const path = objectPath({ group, version: 'v1', kind, name, ...(isNamespaced ? { namespace } : {}) });
  const { client, identity } = context;
  const response = await client.request({ method: 'GET', path, identity, priority: 'deploy', accept: metadataOnly });
  return response.status !== 404;
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
        : [{ kind, name: each.name, by: object, ...(isPullSecret ? { isPullSecret } : {}) }],
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

/** What an object puts there itself, or has an operator put there. */
function bringsAlong({ kind, metadata, spec }: KubernetesObject): string[] {
  if (kind === 'SealedSecret') return [`Secret/${metadata.name}`];
  if (kind === 'ExternalSecret')
    return [`Secret/${(spec as { target?: { name?: string } } | undefined)?.target?.name ?? metadata.name}`];
  return [`${kind}/${metadata.name}`];
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
