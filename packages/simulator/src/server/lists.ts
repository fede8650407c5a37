import { ApiError, badRequest, expired, tooLarge } from '../objects/api-error.ts';
import type { Kind } from '../objects/kinds.ts';
import { matchesFields, matchesLabels } from '../objects/selectors.ts';
import { keyOf, type ObjectStore } from '../objects/store.ts';
import type { Json, KubeObject } from '../objects/types.ts';
import { listKindOf } from './discovery.ts';
import { assertListOptions } from './list-options.ts';

export type Collection = { kind: Kind; namespace?: string | undefined; query: URLSearchParams };

const expiredList =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Whether an object is in what was asked for. */
export function matcher({ namespace, query }: Collection): (object: KubeObject) => boolean {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (labels === '' || matchesLabels(object, labels)) &&
    (fields === '' || matchesFields(object, fields));
}

/** @throws ApiError 500 for what is no version, as the API server itself words it */
export function versionOf(query: URLSearchParams): number {
  const given = query.get('resourceVersion') ?? '';
  if (/^\d*$/.test(given)) return Number(given);
  const why = `strconv.ParseUint: parsing "${given}": invalid syntax`;
  throw new ApiError(500, '', `resourceVersion: Invalid value: "${given}": ${why}`);
}

/**
 * A list, in pages by `limit` and `continue`; all pages are of the version of the first.
 * @throws ApiError 410 when the token's version is compacted away, 504 for a version that is not there yet
 */
export function listObjects(store: ObjectStore, collection: Collection): Json {
  const { kind, namespace, query } = collection;
  assertListOptions(query, false);
  const token = readToken(query.get('continue'));
  const wanted = versionOf(query);
  const isExact = query.get('resourceVersionMatch') === 'Exact';
  if (token === undefined && wanted > store.version()) throw tooLarge(wanted, store.version());
  // A negative version asks for what is left, as it is now.
  const version = isExact ? wanted : token === undefined || token.rv < 0 ? store.version() : token.rv;
  const isNow = token === undefined && !isExact;
  const all = isNow ? store.list(kind, namespace) : store.listAt(kind, namespace, version);
  if (all === undefined && isExact) throw expired('The resourceVersion for the provided list is too old.');
  if (all === undefined) throw expired(expiredList, { continue: tokenOf(-1, token?.start ?? '') });
  const found = all.filter(matcher(collection));
  const start = token === undefined ? 0 : found.findIndex((object) => placeOf(object, namespace) > token.start);
  const rest = start < 0 ? [] : found.slice(start);
  const limit = Number(query.get('limit') ?? 0);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const last = page.at(-1);
  const left = rest.length - page.length;
  const isSelected = query.has('labelSelector') || query.has('fieldSelector');
  const next =
    last === undefined || left === 0
      ? {}
      : {
          continue: tokenOf(version, `${placeOf(last, namespace)}\0`),
          ...(isSelected ? {} : { remainingItemCount: left }),
        };
  return { ...listKindOf(kind), metadata: { resourceVersion: String(version), ...next }, items: page.map(asItem) };
}

/** Items of a list do not say what they are. */
function asItem({ kind: _, apiVersion: __, ...rest }: KubeObject): Json {
  return rest;
}

/** Where an object stands below the collection, as etcd's key goes on. */
function placeOf(object: KubeObject, namespace: string | undefined): string {
  if (namespace !== undefined || object.metadata.namespace === undefined) return `/${object.metadata.name}`;
  return `/${keyOf(object)}`;
}

function tokenOf(rv: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url');
}

function readToken(text: string | null): { rv: number; start: string } | undefined {
  if (text === null || text === '') return undefined;
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as { rv: number; start: string };
    if (typeof token.rv === 'number' && typeof token.start === 'string') return token;
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest('invalid continue token: continue key is not valid: invalid character');
}
