import { isDeepStrictEqual } from 'node:util';
import { type InvalidField, invalid } from './api-error.ts';
import type { Schema } from './custom/schema.ts';
import { schemaFaults } from './custom/validate.ts';
import type { Kind } from './kinds.ts';
import { at, type KubeObject, listOf, objectOf } from './types.ts';
import { known } from './well-known.ts';

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const subdomainWords =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** @throws ApiError 422 for a name that is none; RBAC takes nearly every name */
export function assertName(kind: Kind, name: string): void {
  if (name === '')
    throw invalid(kind, name, { field: 'metadata.name', why: 'Required value: name or generateName is required' });
  if (kind.group !== known.roles.group && !subdomain.test(name))
    throw invalid(kind, name, {
      field: 'metadata.name',
      why: `Invalid value: ${JSON.stringify(name)}: ${subdomainWords}`,
    });
}

/** @throws ApiError 422 with every field that is wrong, or that may not change */
export function assertValid(kind: Kind, object: KubeObject, before?: KubeObject, schema?: Schema): void {
  const wrong = [
    ...immutable(kind, object, before),
    ...(schema === undefined ? [] : schemaFaults(schema, object)),
    ...(kind === known.definitions ? ofDefinition(object) : []),
    ...(kind === known.configMaps || kind === known.secrets ? ofKeys(object) : []),
    ...(selecting.has(kind) ? ofWorkload(object, before) : []),
    ...(kind === known.jobs && before !== undefined ? ofJob(object, before) : []),
    ...(kind === known.statefulSets && before !== undefined ? ofStatefulSet(object, before) : []),
  ];
  if (wrong.length > 0) throw invalid(kind, object.metadata.name, ...wrong);
}

function immutable(kind: Kind, object: KubeObject, before: KubeObject | undefined): InvalidField[] {
  if (before === undefined || kind.group !== known.roles.group) return [];
  if (isDeepStrictEqual(object.roleRef, before.roleRef)) return [];
  return [{ field: 'roleRef', why: `Invalid value: ${JSON.stringify(object.roleRef)}: cannot change roleRef` }];
}

/** Every version says what its objects look like. */
function ofDefinition(object: KubeObject): InvalidField[] {
  return listOf(at(object, 'spec', 'versions')).flatMap((version, index) => {
    const schema = at(version, 'schema', 'openAPIV3Schema');
    const field = `spec.versions[${index}].schema.openAPIV3Schema`;
    if (schema === undefined) return [{ field, why: 'Required value' }];
    return at(schema, 'type') === undefined
      ? [{ field: `${field}.type`, why: 'Required value: must not be empty at the root' }]
      : [];
  });
}

const key = /^[-._a-zA-Z0-9]+$/;

/** Keys become names of files. */
function ofKeys(object: KubeObject): InvalidField[] {
  const why = (name: string) =>
    `Invalid value: ${JSON.stringify(name)}: a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`;
  const names = Object.keys(objectOf(object.data)).filter((name) => !key.test(name));
  return names.map((name) => ({ field: `data[${name}]`, why: why(name) }));
}

const selecting = new Set([known.deployments, known.statefulSets, known.daemonSets]);

/** A Job's pods are made from one template, which therefore stays. */
function ofJob(object: KubeObject, before: KubeObject): InvalidField[] {
  const template = at(object, 'spec', 'template');
  if (isDeepStrictEqual(template, at(before, 'spec', 'template'))) return [];
  return [{ field: 'spec.template', why: `Invalid value: ${JSON.stringify(template)}: field is immutable` }];
}

const changeable = new Set([
  ...['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit'],
  ...['persistentVolumeClaimRetentionPolicy', 'minReadySeconds', 'selector'],
]);

function ofStatefulSet(object: KubeObject, before: KubeObject): InvalidField[] {
  const fixed = (spec: unknown) =>
    Object.fromEntries(Object.entries(objectOf(spec)).filter(([name]) => !changeable.has(name)));
  if (isDeepStrictEqual(fixed(object.spec), fixed(before.spec))) return [];
  const why =
    "Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return [{ field: 'spec', why }];
}

function ofWorkload(object: KubeObject, before: KubeObject | undefined): InvalidField[] {
  const selector = objectOf(at(object, 'spec', 'selector'));
  const labels = objectOf(at(object, 'spec', 'template', 'metadata', 'labels'));
  const wanted = Object.entries(objectOf(selector.matchLabels));
  const containers = at(object, 'spec', 'template', 'spec', 'containers');
  const wrong: InvalidField[] = [];
  if (wanted.length === 0) wrong.push({ field: 'spec.selector', why: 'Required value' });
  else if (wanted.some(([key, value]) => labels[key] !== value))
    wrong.push({
      field: 'spec.template.metadata.labels',
      why: `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
    });
  if (!Array.isArray(containers) || containers.length === 0)
    wrong.push({ field: 'spec.template.spec.containers', why: 'Required value' });
  if (before !== undefined && !isDeepStrictEqual(selector, objectOf(at(before, 'spec', 'selector'))))
    wrong.push({ field: 'spec.selector', why: `Invalid value: ${JSON.stringify(selector)}: field is immutable` });
  return wrong;
}
