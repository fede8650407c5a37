import { listKeys } from '../apply/list-keys.ts';
import { type Json, listOf, objectOf } from '../objects/types.ts';

/**
 * Strategic merge patch: like a merge patch, but lists whose elements have a key are merged element by element.
 * `$patch` deletes or replaces, `$deleteFromPrimitiveList` takes values out, `$retainKeys` drops all others;
 * the order that `$setElementOrder` asks for is not kept.
 */
export function strategicMerge(target: unknown, patch: unknown, path = ''): unknown {
  if (Array.isArray(patch)) {
    const [key] = listKeys(path) ?? [];
    return key === undefined ? patch : mergeElements(listOf(target), listOf(patch), key, path);
  }
  if (typeof patch !== 'object' || patch === null) return patch;
  const { $patch: directive, $retainKeys: retained, ...given } = patch as Json;
  if (directive === 'replace') return given;
  if (directive === 'delete') return undefined;
  const before = objectOf(target);
  const merged: Json = Array.isArray(retained)
    ? Object.fromEntries(Object.entries(before).filter(([name]) => retained.includes(name)))
    : { ...before };
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith('$setElementOrder/')) continue;
    const primitive = /^\$deleteFromPrimitiveList\/(.+)$/.exec(name)?.[1];
    if (primitive !== undefined) {
      const list = merged[primitive];
      merged[primitive] = Array.isArray(list) ? list.filter((each) => !listHas(value, each)) : list;
      continue;
    }
    const next =
      value === null ? undefined : strategicMerge(merged[name], value, path === '' ? name : `${path}.${name}`);
    if (next === undefined) delete merged[name];
    else merged[name] = next;
  }
  return merged;
}

function listHas(list: unknown, value: unknown): boolean {
  return Array.isArray(list) && list.includes(value);
}

function mergeElements(before: readonly Json[], given: readonly Json[], key: string, path: string): Json[] {
  if (given.some((each) => each.$patch === 'replace')) return given.filter((each) => each.$patch === undefined);
  let merged = [...before];
  for (const element of given) {
    const index = merged.findIndex((each) => each[key] === element[key]);
    if (element.$patch === 'delete') merged = merged.filter((each) => each[key] !== element[key]);
    else if (index < 0) merged.push(element);
    else merged[index] = objectOf(strategicMerge(merged[index], element, path));
  }
  return merged;
}
