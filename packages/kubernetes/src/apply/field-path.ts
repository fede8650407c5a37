import { isDeepStrictEqual } from 'node:util';

type Place = {
  holder: Record<string, unknown> | unknown[];
  key: string | number;
  /** The way there by names and positions. */
  plain: string;
};

/**
 * The value of a field, by the name that the API server gives it: `.spec.ports[port=80,protocol="TCP"].targetPort`.
 * Names may hold dots and slashes themselves, so the object says where one ends.
 */
export function readField(object: unknown, path: string): unknown {
  const place = findPlace(object, path);
  return place === undefined ? undefined : (place.holder as Record<string | number, unknown>)[place.key];
}

/** A copy without these fields; what is not there is passed over. */
export function withoutFields<T extends object>(object: T, paths: readonly string[]): T {
  if (paths.length === 0) return object;
  const copy = structuredClone(object);
  for (const path of paths) {
    const place = findPlace(copy, path);
    if (place === undefined) continue;
    if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1);
    else delete place.holder[place.key];
  }
  return copy;
}

/**
 * The same place by positions: `.spec.containers[name="app"].image` is `.spec.containers[0].image`. Of what is not there
 * the nearest place above that is; empty for the object itself.
 */
export function plainPath(object: unknown, path: string): string {
  const full = path.startsWith('.') || path.startsWith('[') ? path : `.${path}`;
  for (let end = full.length; end > 0; end = Math.max(full.lastIndexOf('.', end - 1), full.lastIndexOf('[', end - 1))) {
    const place = findPlace(object, full.slice(0, end));
    if (place !== undefined) return place.plain;
  }
  return '';
}

function findPlace(value: unknown, path: string, above = ''): Place | undefined {
  if (path.startsWith('[')) return findItem(value, path, above);
  if (!path.startsWith('.') || typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const map = value as Record<string, unknown>;
  const rest = path.slice(1);
  const ends = (name: string) => rest === name || rest.startsWith(`${name}.`) || rest.startsWith(`${name}[`);
  const names = Object.keys(map)
    .filter(ends)
    .toSorted((a, b) => b.length - a.length);
  for (const name of names) {
    const plain = `${above}.${name}`;
    if (rest === name) return { holder: map, key: name, plain };
    const found = findPlace(map[name], rest.slice(name.length), plain);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findItem(value: unknown, path: string, above: string): Place | undefined {
  const end = closingBracket(path);
  if (!Array.isArray(value) || end === -1) return undefined;
  const index = indexOf(value, path.slice(1, end));
  const rest = path.slice(end + 1);
  if (index === -1) return undefined;
  const plain = `${above}[${index}]`;
  return rest === '' ? { holder: value, key: index, plain } : findPlace(value[index], rest, plain);
}

/** By position, by value (`="a"`) or by keys (`name="app"`); a key that is left out has its default, whatever that is. */
function indexOf(items: readonly unknown[], selector: string): number {
  if (/^\d+$/.test(selector)) return Number(selector) < items.length ? Number(selector) : -1;
  if (selector.startsWith('=')) {
    const wanted = parsed(selector.slice(1));
    return items.findIndex((item) => isDeepStrictEqual(item, wanted));
  }
  const pairs = [...selector.matchAll(/([\w.-]+)=("(?:[^"\\]|\\.)*"|[^,]+)/g)].map(
    ([, key = '', text = '']) => [key, parsed(text)] as const,
  );
  return items.findIndex((item) => {
    const fields = item as Record<string, unknown>;
    return pairs.length > 0 && pairs.every(([key, wanted]) => fields[key] === undefined || fields[key] === wanted);
  });
}

function closingBracket(path: string): number {
  const match = /^\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\]/.exec(path);
  return match === null ? -1 : match[0].length - 1;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
