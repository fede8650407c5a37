import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { applyObject, ownChanges } from '../apply/server-side-apply.ts';
import { ApiError, alreadyExists, badRequest, conflict, invalid, notFound } from '../objects/api-error.ts';
import { withDefaults } from '../objects/defaults.ts';
import { apiVersionOf, type Kind, kindOf } from '../objects/kinds.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, type Metadata, objectOf, textOf } from '../objects/types.ts';

export type WriteOptions = { manager: string; dryRun: boolean; force?: boolean };
export type Place = { kind: Kind; namespace?: string | undefined; name: string };

/** Creates, changes and deletes as the API server does: checks, defaults, generation, field owners. */
export interface Writes {
  create(kind: Kind, namespace: string | undefined, body: Json, options: WriteOptions): KubeObject;
  apply(place: Place, body: Json, options: WriteOptions): { object: KubeObject; isNew: boolean };
  /** JSON merge patch. */
  merge(place: Place, patch: Json, options: WriteOptions): KubeObject;
  replace(place: Place, body: Json, options: WriteOptions): KubeObject;
  delete(place: Place, body: Json, dryRun: boolean): KubeObject;
}

const namePattern = /^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/;
const namespaces = kindOf('', 'namespaces') as Kind;

export function createWrites(deps: { store: ObjectStore; now: () => Date }): Writes {
  const { store } = deps;
  const now = () => `${deps.now().toISOString().slice(0, 19)}Z`;

  function born(kind: Kind, namespace: string | undefined, body: Json): KubeObject {
    const given = objectOf(body.metadata) as Partial<Metadata>;
    const name =
      given.name ?? (given.generateName === undefined ? '' : `${given.generateName}${randomUUID().slice(0, 5)}`);
    if (kind.group !== 'rbac.authorization.k8s.io' && !namePattern.test(name))
      throw invalid(
        kind,
        name,
        'metadata.name',
        name === '' ? 'Required value: name or generateName is required' : 'Invalid value',
      );
    if (namespace !== undefined) assertNamespace(kind, namespace, name);
    const metadata = {
      ...given,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: now(),
      ...(hasGeneration(kind) ? { generation: 1 } : {}),
    };
    return { ...body, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata } as KubeObject;
  }

  function assertNamespace(kind: Kind, namespace: string, name: string): void {
    const found = store.get(namespaces, undefined, namespace);
    if (found === undefined) throw notFound(namespaces, namespace);
    if (at(found, 'status', 'phase') !== 'Terminating') return;
    const message = `${kind.plural} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
    throw new ApiError(403, 'Forbidden', message, { causes: [{ reason: 'NamespaceTerminating' }] });
  }

  function assertValid(kind: Kind, object: KubeObject, before?: KubeObject): void {
    if (kind.kind !== 'Deployment') return;
    const selector = objectOf(at(object, 'spec', 'selector'));
    const name = object.metadata.name;
    if (before !== undefined && !isDeepStrictEqual(selector, objectOf(at(before, 'spec', 'selector'))))
      throw invalid(kind, name, 'spec.selector', `Invalid value: ${JSON.stringify(selector)}: field is immutable`);
    const labels = objectOf(at(object, 'spec', 'template', 'metadata', 'labels'));
    const wanted = Object.entries(objectOf(selector.matchLabels));
    if (wanted.length === 0) throw invalid(kind, name, 'spec.selector', 'Required value');
    if (wanted.some(([key, value]) => labels[key] !== value))
      throw invalid(
        kind,
        name,
        'spec.template.metadata.labels',
        `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``,
      );
    const containers = at(object, 'spec', 'template', 'spec', 'containers');
    if (!Array.isArray(containers) || containers.length === 0)
      throw invalid(kind, name, 'spec.template.spec.containers', 'Required value');
  }

  function save(kind: Kind, before: KubeObject | undefined, after: KubeObject, dryRun: boolean): KubeObject {
    assertValid(kind, after, before);
    if (before !== undefined && isDeepStrictEqual(before, after)) return before;
    const isNewSpec = before !== undefined && hasGeneration(kind) && !isDeepStrictEqual(before.spec, after.spec);
    const generation = isNewSpec ? { generation: (before.metadata.generation ?? 1) + 1 } : {};
    const object = { ...after, metadata: { ...after.metadata, ...generation } };
    return dryRun ? object : store.put(kind, object);
  }

  function live({ kind, namespace, name }: Place): KubeObject {
    const found = store.get(kind, namespace, name);
    if (found === undefined) throw notFound(kind, name);
    return found;
  }

  return {
    create(kind, namespace, body, { manager, dryRun }) {
      const object = withDefaults(kind, born(kind, namespace, body));
      const { name } = object.metadata;
      if (store.get(kind, namespace, name) !== undefined) throw alreadyExists(kind, name);
      return save(kind, undefined, ownChanges(undefined, object, { manager, now: now() }), dryRun);
    },
    apply(place, body, { manager, dryRun, force = false }) {
      const { kind, namespace, name } = place;
      const given = objectOf(body.metadata);
      if (manager === '')
        throw new ApiError(
          422,
          'Invalid',
          'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
        );
      if (given.name !== undefined && given.name !== name)
        throw badRequest(`the name of the object (${textOf(given.name)}) does not match the name on the URL (${name})`);
      const before = store.get(kind, namespace, name);
      if (before === undefined && given.uid !== undefined)
        throw conflict(
          kind,
          name,
          `uid mismatch: the provided object specified uid ${textOf(given.uid)}, and no existing object was found`,
        );
      if (before !== undefined) assertPreconditions(place, before, given);
      const { uid: _, resourceVersion: __, ...metadata } = given;
      const config = { ...body, metadata };
      const base = before ?? born(kind, namespace, { metadata: { name } });
      const merged = applyObject(base, config, { manager, now: now(), force, isNew: before === undefined });
      return { object: save(kind, before, withDefaults(kind, merged), dryRun), isNew: before === undefined };
    },
    merge(place, patch, { manager, dryRun }) {
      const before = live(place);
      assertPreconditions(place, before, objectOf(patch.metadata));
      const after = keepIdentity(before, mergePatch(before, patch) as KubeObject);
      return save(
        place.kind,
        before,
        ownChanges(before, withDefaults(place.kind, after), { manager, now: now() }),
        dryRun,
      );
    },
    replace(place, body, { manager, dryRun }) {
      const before = live(place);
      assertPreconditions(place, before, objectOf(body.metadata));
      const after = keepIdentity(before, { ...body, status: before.status } as unknown as KubeObject);
      return save(
        place.kind,
        before,
        ownChanges(before, withDefaults(place.kind, after), { manager, now: now() }),
        dryRun,
      );
    },
    delete(place, body, dryRun) {
      const before = live(place);
      const wanted = objectOf(body.preconditions);
      if (wanted.uid !== undefined && wanted.uid !== before.metadata.uid)
        throw conflict(
          place.kind,
          place.name,
          `Precondition failed: UID in precondition: ${textOf(wanted.uid)}, UID in object meta: ${before.metadata.uid}`,
        );
      if (dryRun || (Array.isArray(body.dryRun) && body.dryRun.includes('All'))) return before;
      if (place.kind === namespaces)
        return store.put(namespaces, {
          ...before,
          metadata: { ...before.metadata, deletionTimestamp: now() },
          status: { phase: 'Terminating' },
        });
      return store.remove(place.kind, before);
    },
  };
}

function assertPreconditions(place: Place, before: KubeObject, given: Json): void {
  if (given.uid !== undefined && given.uid !== before.metadata.uid)
    throw conflict(
      place.kind,
      place.name,
      `Precondition failed: UID in precondition: ${textOf(given.uid)}, UID in object meta: ${before.metadata.uid}`,
    );
  if (given.resourceVersion !== undefined && given.resourceVersion !== before.metadata.resourceVersion)
    throw conflict(
      place.kind,
      place.name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
}

function keepIdentity(before: KubeObject, after: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp, generation } = before.metadata;
  const kept = { name, uid, resourceVersion, creationTimestamp };
  return {
    ...after,
    apiVersion: before.apiVersion,
    kind: before.kind,
    metadata: {
      ...after.metadata,
      ...kept,
      ...(namespace === undefined ? {} : { namespace }),
      ...(generation === undefined ? {} : { generation }),
    },
  };
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const merged: Json = { ...objectOf(target) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatch(merged[name], value);
  }
  return merged;
}

function hasGeneration({ group, kind }: Kind): boolean {
  return group === 'apps' || kind === 'PodDisruptionBudget' || kind === 'Ingress' || kind === 'Pod';
}
