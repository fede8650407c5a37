import type { LayerKind, Lock } from './bundle-types.ts';
import { canonicalJson } from './canonical-json.ts';

export type ParameterValue = Record<string, unknown>;

/** One layer of parameters and who wrote it. */
export type Layer = { kind: LayerKind; value: ParameterValue; revision?: number; author?: string; at?: string };

/** Where a leaf of the merged parameters comes from; `default`: from the schema. */
export type Provenance = {
  pointer: string;
  layer: LayerKind | 'default';
  revision?: number;
  author?: string;
  at?: string;
};

/** Merges layers by RFC 7396, the narrower over the wider: maps merge, lists and values replace, null takes away. */
export function mergeLayers(layers: readonly Layer[]): ParameterValue {
  return layers.reduce<ParameterValue>((merged, layer) => mergePatch(merged, layer.value) as ParameterValue, {});
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return patch;
  const base = isMap(target) ? target : {};
  const kept = Object.entries(base).filter(([key]) => !Object.hasOwn(patch, key));
  const set = Object.entries(patch).flatMap(([key, value]) =>
    value === null ? [] : [[key, mergePatch(Object.hasOwn(base, key) ? base[key] : undefined, value)] as const],
  );
  // As entries: an assignment would take a key named __proto__ for the prototype.
  return Object.fromEntries([...kept, ...set]);
}

/** For every leaf of `filled` (merged, with the schema's defaults) the layer that set it last. */
export function provenanceOf(layers: readonly Layer[], filled: ParameterValue): Provenance[] {
  return leavesOf(filled).map(({ path, pointer }) => {
    const source = layers.toReversed().find((layer) => setsLeaf(layer.value, path));
    const isReset = source !== undefined && valueAt(source.value, path) === null;
    if (source === undefined || isReset) return { pointer, layer: 'default' };
    const { kind, revision, author, at } = source;
    return {
      pointer,
      layer: kind,
      ...(revision === undefined ? {} : { revision }),
      ...(author === undefined ? {} : { author }),
      ...(at === undefined ? {} : { at }),
    };
  });
}

/** Whether a layer says something of the leaf: of itself, or by replacing or taking away what it stands in. */
function setsLeaf(value: ParameterValue, path: readonly string[]): boolean {
  let at: unknown = value;
  for (const key of path) {
    if (!isMap(at)) return true;
    if (!Object.hasOwn(at, key)) return false;
    at = at[key];
    if (at === null) return true;
  }
  return true;
}

function valueAt(value: ParameterValue, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isMap(at) ? at[key] : at), value);
}

/** Leaves with their JSON pointers (RFC 6901); a list and an empty map are leaves. */
function leavesOf(value: unknown, path: readonly string[] = []): { path: readonly string[]; pointer: string }[] {
  if (isMap(value) && (Object.keys(value).length > 0 || path.length === 0))
    return Object.entries(value).flatMap(([key, child]) => leavesOf(child, [...path, key]));
  return [{ path, pointer: pointerOf(path) }];
}

/** A JSON pointer of a path (RFC 6901). */
export function pointerOf(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export type BrokenLock = { pointer: string; lock: Lock; reason: 'layer' | 'permission' };

/**
 * Locks that a change of one layer breaks: set below the layer that may, or by somebody without the permission.
 * @param before what the layer held: a value that stays as it is breaks nothing
 * @param holds whether the writer holds a permission there
 */
export function brokenLocks(
  locks: readonly Lock[],
  layer: LayerKind,
  change: { before: ParameterValue; after: ParameterValue },
  holds: (permission: string) => boolean,
): BrokenLock[] {
  return locks.flatMap((lock): BrokenLock[] => {
    const path = lock.pointer
      .slice(1)
      .split('/')
      .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
    const after = saysOf(change.after, path);
    if (isSame(saysOf(change.before, path), after)) return [];
    if (after !== undefined && rank[layer] > rank[lock.layer])
      return [{ pointer: lock.pointer, lock, reason: 'layer' }];
    return holds(lock.permission) ? [] : [{ pointer: lock.pointer, lock, reason: 'permission' }];
  });
}

/** Whether two values are one: a database gives keys back in another order than they were typed. */
export function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a ?? null) === canonicalJson(b ?? null);
}

const rank: Record<LayerKind, number> = { application: 0, environment: 1, target: 2 };

function saysOf(value: ParameterValue, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, key) => (isMap(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
