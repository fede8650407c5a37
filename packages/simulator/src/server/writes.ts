import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Authorizer, User } from '../access/rbac.ts';
import { admitNew, admitted } from '../admission/admit.ts';
import { assertNoEscalation } from '../admission/escalation.ts';
import { assertPolicies, policyFaults } from '../admission/policies.ts';
import { builtInRules } from '../apply/list-keys.ts';
import { applyObject, ownChanges } from '../apply/server-side-apply.ts';
import {
  ApiError,
  alreadyExists,
  badRequest,
  conflict,
  forbiddenObject,
  invalid,
  notFound,
  replaced,
} from '../objects/api-error.ts';
import { type MergeRules, mergeRulesOf } from '../objects/custom/schema.ts';
import { withDefaults } from '../objects/defaults.ts';
import { foreground } from '../objects/foreground.ts';
import type { KindRegistry } from '../objects/kind-registry.ts';
import { apiVersionOf, type Kind } from '../objects/kinds.ts';
import { randomSuffix } from '../objects/safe-name.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, type Metadata, objectOf, textOf } from '../objects/types.ts';
import { assertName, assertValid } from '../objects/validate.ts';
import { known } from '../objects/well-known.ts';
import { hasStatus } from './subresources.ts';

/** Without a user the cluster itself writes. */
export type WriteOptions = {
  manager: string;
  dryRun: boolean;
  force?: boolean;
  user?: User;
  /** The status alone is written; without it, all but the status. */
  isStatus?: boolean;
};
export type Place = { kind: Kind; namespace?: string | undefined; name: string };

/** Creates, changes and deletes as the API server does: checks, defaults, generation, field owners. */
export interface Writes {
  create(kind: Kind, namespace: string | undefined, body: Json, options: WriteOptions): KubeObject;
  apply(place: Place, body: Json, options: WriteOptions): { object: KubeObject; isNew: boolean };
  /** Makes another object out of the one that is there. What it throws is thrown. */
  patch(place: Place, make: (before: KubeObject) => Json, options: WriteOptions): KubeObject;
  replace(place: Place, body: Json, options: WriteOptions): KubeObject;
  delete(place: Place, body: Json, dryRun: boolean): KubeObject;
}

const { namespaces } = known;

export function createWrites(deps: {
  store: ObjectStore;
  authorizer: Authorizer;
  registry: KindRegistry;
  now: () => Date;
}): Writes {
  const { store, registry } = deps;
  const now = () => `${deps.now().toISOString().slice(0, 19)}Z`;

  function born(kind: Kind, namespace: string | undefined, body: Json): KubeObject {
    const given = objectOf(body.metadata) as Partial<Metadata>;
    const name = given.name ?? (given.generateName === undefined ? '' : `${given.generateName}${randomSuffix()}`);
    assertName(kind, name);
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
    throw forbiddenObject(
      kind,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    );
  }

  function save(kind: Kind, before: KubeObject | undefined, after: KubeObject, options: WriteOptions): KubeObject {
    assertValid(kind, after, before, registry.schemaOf(kind));
    if (kind === known.policies) {
      const wrong = policyFaults(after);
      if (wrong.length > 0) throw invalid(kind, after.metadata.name, ...wrong);
    }
    if (options.user !== undefined) assertNoEscalation(deps, options.user, kind, after);
    if (options.isStatus !== true) assertPolicies(store, kind, after, before);
    if (before === undefined) admitNew(store, kind, after);
    if (before !== undefined && isDeepStrictEqual(before, after)) return before;
    const isNewSpec = before !== undefined && hasGeneration(kind) && !isDeepStrictEqual(before.spec, after.spec);
    const generation = isNewSpec ? { generation: (before.metadata.generation ?? 1) + 1 } : {};
    const object = { ...after, metadata: { ...after.metadata, ...generation } };
    if (options.dryRun) return object;
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    // Who held the object back lets go of it.
    if (deletionTimestamp !== undefined && finalizers.length === 0 && kind !== namespaces)
      return store.remove(kind, object);
    return store.put(kind, object);
  }

  function live({ kind, namespace, name }: Place): KubeObject {
    const found = store.get(kind, namespace, name);
    if (found === undefined) throw notFound(kind, name);
    return found;
  }

  function writer({ manager }: WriteOptions) {
    return { manager, now: now() };
  }

  /** Metadata is the same of every kind; the rest of a custom one is merged as its schema says. */
  function rulesFor(kind: Kind): MergeRules {
    const schema = registry.schemaOf(kind);
    if (schema === undefined) return builtInRules;
    const own = mergeRulesOf(schema);
    const of = (path: string) => (path.startsWith('metadata.') ? builtInRules : own);
    return { keysOf: (path) => of(path).keysOf(path), isAtomicMap: (path) => of(path).isAtomicMap(path) };
  }

  function change({ kind }: Place, before: KubeObject, after: KubeObject, options: WriteOptions): KubeObject {
    // A status has an endpoint of its own, and owners of its own.
    if (options.isStatus === true) {
      const made = after.status === undefined ? before : { ...before, status: after.status };
      return save(
        kind,
        before,
        ownChanges(before, made, { ...writer(options), subresource: 'status' }, rulesFor(kind)),
        options,
      );
    }
    const own = hasStatus(kind) ? withStatus(after, before.status) : after;
    const object = withDefaults(kind, keepIdentity(before, own), registry.schemaOf(kind));
    // Whoever edits the books of who owns what has them taken as they are given.
    const { managedFields } = after.metadata;
    const books = managedFields === undefined ? before : { ...before, metadata: { ...before.metadata, managedFields } };
    return save(kind, before, ownChanges(books, object, writer(options), rulesFor(kind)), options);
  }

  /** What the object owned stays, and is nobody's. */
  function orphan(uid: string): void {
    for (const { kind, objects } of store.all())
      for (const object of objects) {
        const { ownerReferences = [], ...metadata } = object.metadata;
        const left = ownerReferences.filter((owner) => owner.uid !== uid);
        if (left.length === ownerReferences.length) continue;
        const kept = left.length === 0 ? {} : { ownerReferences: left };
        store.put(kind, { ...object, metadata: { ...metadata, ...kept } });
      }
  }

  return {
    create(kind, namespace, given, options) {
      // Nobody but a node's kubelet brings a status along.
      const isBare = options.user !== undefined && kind !== known.nodes && hasStatus(kind);
      const body = isBare ? withStatus(given, undefined) : given;
      const object = admitted(store, kind, withDefaults(kind, born(kind, namespace, body), registry.schemaOf(kind)));
      const { name } = object.metadata;
      if (store.get(kind, namespace, name) !== undefined) throw alreadyExists(kind, name);
      return save(kind, undefined, ownChanges(undefined, object, writer(options), rulesFor(kind)), options);
    },
    apply(place, body, options) {
      const { manager, force = false } = options;
      const { kind, namespace, name } = place;
      const given = objectOf(body.metadata);
      if (manager === '') throw noManager();
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
      const merged = applyObject(base, config, { ...writer(options), force, rules: rulesFor(kind) });
      const whole = withDefaults(kind, merged, registry.schemaOf(kind));
      const made = before === undefined ? admitted(store, kind, whole) : whole;
      return { object: save(kind, before, made, options), isNew: before === undefined };
    },
    patch(place, make, options) {
      const before = live(place);
      const after = make(before);
      assertPreconditions(place, before, objectOf(after.metadata));
      return change(place, before, after as KubeObject, options);
    },
    replace(place, body, options) {
      const before = live(place);
      assertPreconditions(place, before, objectOf(body.metadata));
      return change(place, before, body as unknown as KubeObject, options);
    },
    delete(place, body, dryRun) {
      const before = live(place);
      const wanted = objectOf(body.preconditions);
      if (wanted.uid !== undefined && wanted.uid !== before.metadata.uid)
        throw replaced(place.kind, place.name, textOf(wanted.uid), before.metadata.uid);
      if (dryRun || (Array.isArray(body.dryRun) && body.dryRun.includes('All'))) return before;
      if (place.kind === namespaces)
        return store.put(namespaces, {
          ...before,
          metadata: { ...before.metadata, deletionTimestamp: now() },
          status: { phase: 'Terminating' },
        });
      if (body.propagationPolicy === 'Orphan' || body.orphanDependents === true) orphan(before.metadata.uid);
      const held = before.metadata.finalizers ?? [];
      const isOwner = body.propagationPolicy === 'Foreground' && !held.includes(foreground);
      const finalizers = isOwner ? [...held, foreground] : held;
      if (finalizers.length > 0) {
        if (before.metadata.deletionTimestamp !== undefined) return before;
        const metadata = { ...before.metadata, finalizers, deletionTimestamp: now(), deletionGracePeriodSeconds: 0 };
        return store.put(place.kind, { ...before, metadata });
      }
      return store.remove(place.kind, before);
    },
  };
}

function withStatus<T extends Json>(object: T, status: Json | undefined): T {
  const { status: _, ...rest } = object;
  return { ...rest, ...(status === undefined ? {} : { status }) } as unknown as T;
}

function assertPreconditions(place: Place, before: KubeObject, given: Json): void {
  if (given.uid !== undefined && given.uid !== before.metadata.uid)
    throw invalid(place.kind, place.name, {
      field: 'metadata.uid',
      why: `Invalid value: ${JSON.stringify(given.uid)}: field is immutable`,
    });
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

function noManager(): ApiError {
  const message = 'Required value: is required for apply patch';
  return new ApiError(422, 'Invalid', `PatchOptions.meta.k8s.io "" is invalid: fieldManager: ${message}`, {
    group: 'meta.k8s.io',
    kind: 'PatchOptions',
    causes: [{ reason: 'FieldValueRequired', message, field: 'fieldManager' }],
  });
}

const counted = new Set(['PodDisruptionBudget', 'Ingress', 'Pod', 'EndpointSlice', 'CustomResourceDefinition']);

function hasGeneration({ group, kind, isCustom }: Kind): boolean {
  return group === 'apps' || group === 'batch' || isCustom === true || counted.has(kind);
}
