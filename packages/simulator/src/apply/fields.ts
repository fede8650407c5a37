import { isDeepStrictEqual } from 'node:util';
import type { MergeRules } from '../objects/custom/schema.ts';
import { type FieldTree, isMap, type Json, listOf, objectOf } from '../objects/types.ts';
import { elementKey } from './list-keys.ts';

/** One field: its steps in FieldsV1, joined; JSON keeps them apart. */
export type Leaf = string;

const unowned = new Set(['apiVersion', 'kind']);
const unownedMetadata = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
  'generateName',
]);

/** All leaves of an object, with their values; `v:` of a set is a leaf for each value. */
export function leavesOf(object: Json, rules: MergeRules): Map<Leaf, unknown> {
  const leaves = new Map<Leaf, unknown>();
  function walk(value: unknown, path: string, steps: string[]): void {
    const names = Array.isArray(value) ? rules.keysOf(path) : undefined;
    if (names === 'set') {
      for (const each of value as unknown[])
        leaves.set(JSON.stringify([...steps, `v:${JSON.stringify(each)}`]), undefined);
      return;
    }
    if (names !== undefined) {
      for (const element of listOf(value)) {
        const below = [...steps, elementKey(element, names)];
        leaves.set(JSON.stringify([...below, '.']), undefined);
        for (const [name, each] of Object.entries(element)) walk(each, `${path}.${name}`, [...below, `f:${name}`]);
      }
      return;
    }
    if (isMap(value) && !rules.isAtomicMap(path) && Object.keys(value).length > 0) {
      for (const [name, each] of Object.entries(value)) walk(each, `${path}.${name}`, [...steps, `f:${name}`]);
      return;
    }
    leaves.set(JSON.stringify(steps), value);
  }
  for (const [name, value] of Object.entries(object)) {
    if (unowned.has(name)) continue;
    if (name !== 'metadata') {
      walk(value, name, [`f:${name}`]);
      continue;
    }
    for (const [field, each] of Object.entries(objectOf(value)))
      if (!unownedMetadata.has(field)) walk(each, `metadata.${field}`, ['f:metadata', `f:${field}`]);
  }
  return leaves;
}

export function toTree(leaves: Iterable<Leaf>): FieldTree {
  const tree: FieldTree = {};
  for (const leaf of leaves) {
    let node = tree;
    for (const step of JSON.parse(leaf) as string[]) node = node[step] ??= {};
  }
  return tree;
}

export function fromTree(tree: FieldTree): Set<Leaf> {
  const leaves = new Set<Leaf>();
  function walk(node: FieldTree, steps: string[]): void {
    const entries = Object.entries(node);
    if (entries.length === 0) leaves.add(JSON.stringify(steps));
    for (const [step, below] of entries) walk(below, [...steps, step]);
  }
  for (const [step, below] of Object.entries(tree)) walk(below, [step]);
  return leaves;
}

/** `.spec.template.spec.containers[name="app"].image` */
export function fieldName(leaf: Leaf): string {
  return (JSON.parse(leaf) as string[])
    .map((step) => {
      if (step === '.') return '';
      if (step.startsWith('v:')) return `[=${step.slice(2)}]`;
      if (!step.startsWith('k:')) return `.${step.slice(2)}`;
      const pairs = Object.entries(JSON.parse(step.slice(2)) as Json);
      return `[${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

/** The given fields over the live ones; keyed lists element by element. */
export function mergeObjects(live: unknown, given: unknown, rules: MergeRules, path = ''): unknown {
  const names = Array.isArray(given) ? rules.keysOf(path) : undefined;
  if (names === 'set' && Array.isArray(live)) {
    const more = (given as unknown[]).filter((each) => !live.some((other) => isDeepStrictEqual(other, each)));
    return [...live, ...more];
  }
  if (names !== 'set' && names !== undefined && Array.isArray(live)) {
    const elements = listOf(live).map((element) => ({ key: elementKey(element, names), element }));
    for (const element of listOf(given)) {
      const key = elementKey(element, names);
      const found = elements.find((each) => each.key === key);
      if (found === undefined) elements.push({ key, element });
      else found.element = objectOf(mergeObjects(found.element, element, rules, path));
    }
    return elements.map(({ element }) => element);
  }
  if (!isMap(given) || !isMap(live) || rules.isAtomicMap(path)) return given;
  const merged: Json = { ...live };
  for (const [name, value] of Object.entries(given))
    merged[name] = mergeObjects(live[name], value, rules, path === '' ? name : `${path}.${name}`);
  return merged;
}

/** The object without one field. Maps that become empty stay, as they do in Kubernetes. */
export function withoutLeaf(object: Json, leaf: Leaf, rules: MergeRules): Json {
  return objectOf(remove(object, JSON.parse(leaf) as string[], rules, ''));
}

function remove(value: unknown, steps: readonly string[], rules: MergeRules, path: string): unknown {
  const [step = '', ...rest] = steps;
  if (step.startsWith('v:')) {
    const gone: unknown = JSON.parse(step.slice(2));
    return Array.isArray(value) ? value.filter((each) => !isDeepStrictEqual(each, gone)) : value;
  }
  if (step.startsWith('k:')) {
    const keys = rules.keysOf(path);
    const names = keys === undefined || keys === 'set' ? [] : keys;
    return listOf(value).flatMap((element) => {
      if (elementKey(element, names) !== step) return [element];
      return rest[0] === '.' ? [] : [objectOf(remove(element, rest, rules, path))];
    });
  }
  if (!isMap(value)) return value;
  const name = step.slice(2);
  const { [name]: inner, ...others } = value;
  if (inner === undefined || rest.length === 0) return others;
  return { ...others, [name]: remove(inner, rest, rules, path === '' ? name : `${path}.${name}`) };
}
