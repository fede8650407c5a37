import { decode, decodeApplied } from '../objects/check-shape.ts';
import type { KindRegistry } from '../objects/kind-registry.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, objectOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { answer, type Call, type KindRoute, notAllowed, readBody, readJson } from './exchange.ts';
import { listObjects } from './lists.ts';
import { patched } from './patches.ts';
import { scaled, scaleFrom } from './scale.ts';
import type { Place, Writes } from './writes.ts';

/** Answers requests that change objects: bodies of every type, as whole objects, as patches, as scales. */
export interface ObjectWrites {
  write(route: KindRoute, call: Call): Promise<unknown>;
  change(place: Place, call: Call, sub?: 'status' | 'ephemeralcontainers'): Promise<void>;
  scale(place: Place, found: KubeObject, call: Call): Promise<unknown>;
}

export function createObjectWrites({
  store,
  writes,
  registry,
}: {
  store: ObjectStore;
  writes: Writes;
  registry: KindRegistry;
}): ObjectWrites {
  async function scaleOf(place: Place, found: KubeObject, call: Call): Promise<unknown> {
    const { method, response } = call;
    if (method === 'GET') return answer(response, 200, scaleFrom(found));
    const { make, options } = await changeOf(place, call, () => scaleFrom(found));
    return answer(response, 200, scaleFrom(writes.patch(place, (before) => scaled(before, make(before)), options)));
  }

  /** How a PUT or PATCH changes an object, or what is shown `as` one. */
  async function changeOf(place: Place, call: Call, as?: (before: KubeObject) => Json) {
    const { method, query, request } = call;
    const options = writeOptions(call);
    const isStrict = query.get('fieldValidation') === 'Strict';
    const type = method === 'PUT' ? 'replace' : (request.headers['content-type'] ?? '').split(';')[0];
    const given = await readJson(request);
    // A patch with directives is none of the kind's own fields: what it makes is looked at instead.
    const isWhole = type === 'replace' || type === 'application/merge-patch+json';
    const body =
      isWhole && as === undefined
        ? decode(place.kind, objectOf(given), isStrict, registry.schemaOf(place.kind))
        : given;
    const make = (before: KubeObject): Json => {
      const made = patched(type ?? '', as?.(before) ?? before, body);
      return isWhole || as !== undefined ? made : decode(place.kind, made, isStrict, registry.schemaOf(place.kind));
    };
    return { options, make };
  }

  async function change(place: Place, call: Call, sub?: 'status' | 'ephemeralcontainers'): Promise<void> {
    const { make, options } = await changeOf(place, call);
    const isStatus = sub === 'status';
    const made = (before: KubeObject): Json => {
      const after = make(before);
      if (sub !== 'ephemeralcontainers') return after;
      // Nothing else of a pod may change this way.
      const ephemeralContainers = at(after, 'spec', 'ephemeralContainers');
      return { ...before, spec: { ...before.spec, ephemeralContainers } };
    };
    answer(call.response, 200, asWritten(writes.patch(place, made, { ...options, isStatus })));
  }

  function writeOptions({ query, request, user }: Call) {
    const manager = query.get('fieldManager') ?? '';
    const agent = (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
    return { manager: manager === '' ? agent : manager, dryRun: query.get('dryRun') === 'All', user };
  }

  async function write(route: KindRoute, call: Call): Promise<unknown> {
    const { method, query, request, response } = call;
    const { kind, namespace, name } = route;
    const options = writeOptions(call);
    if (name === undefined) {
      if (method === 'DELETE') return removeAll(route, call);
      if (method !== 'POST') throw notAllowed();
      const body = await readBody(request);
      const isStrict = query.get('fieldValidation') === 'Strict';
      const made = writes.create(kind, namespace, decode(kind, body, isStrict, registry.schemaOf(kind)), options);
      return answer(response, 201, asWritten(made));
    }
    const place = { kind, namespace, name };
    if (method === 'DELETE') {
      const body = await readBody(request);
      // Beside a body, what the query says of a delete is ignored.
      const given = Object.keys(body).length > 0 ? body : { propagationPolicy: query.get('propagationPolicy') };
      return remove(place, given, options.dryRun && given !== body, call);
    }
    const type = (request.headers['content-type'] ?? '').split(';')[0];
    if (method !== 'PATCH' || type !== 'application/apply-patch+yaml') return change(place, call);
    const body = await readBody(request);
    decodeApplied(kind, body, name, registry.schemaOf(kind));
    const force = query.get('force') === 'true';
    const manager = query.get('fieldManager') ?? '';
    const { object, isNew } = writes.apply(place, body, { ...options, manager, force });
    return answer(response, isNew ? 201 : 200, asWritten(object));
  }

  /** Deletes what a list with the same selectors would show. */
  async function removeAll({ kind, namespace }: KindRoute, { query, request, response }: Call): Promise<void> {
    const body = await readBody(request);
    const list = listObjects(store, { kind, namespace, query });
    for (const { metadata } of list.items as KubeObject[]) {
      const place = { kind, namespace: metadata.namespace, name: metadata.name };
      if (store.get(kind, place.namespace, place.name) !== undefined)
        writes.delete(place, body, query.get('dryRun') === 'All');
    }
    answer(response, 200, list);
  }

  function remove(place: Place, body: Json, dryRun: boolean, { response }: Call): void {
    const removed = writes.delete(place, body, dryRun);
    // What takes its time to go is shown as it is; the rest is gone.
    if (
      place.kind === known.namespaces ||
      place.kind === known.pods ||
      removed.metadata.deletionTimestamp !== undefined
    ) {
      answer(response, 200, removed);
      return;
    }
    const { group, plural } = place.kind;
    const details = { name: place.name, ...(group === '' ? {} : { group }), kind: plural, uid: removed.metadata.uid };
    answer(response, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
  }

  return { write, change, scale: scaleOf };
}

/** A dry run leaves no version behind. */
function asWritten(object: KubeObject): Json {
  if (object.metadata.resourceVersion !== '') return object;
  const { resourceVersion: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
