import type { ClientOutput } from '@quarterdeck/contracts';
import type { getEffectiveParameters } from '@quarterdeck/contracts/parameters';

type Effective = ClientOutput<typeof getEffectiveParameters>;
type Value = Record<string, unknown>;

/**
 * What a layer must say itself so that a form comes to what it shows: only what differs from what counts without the
 * layer, or was said in it before. What merely repeats the layers above or a default stays theirs.
 * @param wanted the form, or all parameters of a release
 * @param wider what the layers above come to, without this one
 * @param before what the layer says now
 */
export function ownLayer(wanted: Value, wider: Pick<Effective, 'effective'>, before: Value): Value {
  const entries = Object.entries(wanted).flatMap(([key, value]): [string, unknown][] => {
    const [inherited, said] = [own(wider.effective, key), own(before, key)];
    if (isMap(value) && Object.keys(value).length > 0 && (isMap(inherited) || isMap(said))) {
      const inner = ownLayer(value, { effective: mapOf(inherited) }, mapOf(said));
      return Object.keys(inner).length === 0 ? [] : [[key, inner]];
    }
    const isSaid = said !== undefined && isSame(value, said);
    return isSaid || value === null || !isSame(value, inherited) ? [[key, value]] : [];
  });
  return Object.fromEntries(entries);
}

/**
 * The layer with which a release's parameters count again: as `ownLayer`, and what the layers above say that the release
 * did not have is taken away.
 */
export function layerOfRelease(
  parameters: Value,
  wider: Pick<Effective, 'effective' | 'merged'>,
  before: Value,
): Value {
  return withoutOthers(ownLayer(parameters, wider, before), parameters, wider.merged);
}

function withoutOthers(layer: Value, parameters: Value, above: Value): Value {
  const taken = Object.entries(above).flatMap(([key, value]): [string, unknown][] => {
    const had = own(parameters, key);
    if (had === undefined) return [[key, null]];
    if (!isMap(value) || !isMap(had)) return [];
    const inner = withoutOthers(mapOf(own(layer, key)), had, value);
    return Object.keys(inner).length === 0 ? [] : [[key, inner]];
  });
  return { ...layer, ...Object.fromEntries(taken) };
}

function own(value: Value, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The same in any order of keys: a database keeps none. */
function isSame(a: unknown, b: unknown): boolean {
  if (isMap(a) && isMap(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && isSame(a[key], b[key]))
    );
  }
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSame(item, b[index]));
  return a === b;
}

function mapOf(value: unknown): Value {
  return isMap(value) ? value : {};
}

function isMap(value: unknown): value is Value {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
