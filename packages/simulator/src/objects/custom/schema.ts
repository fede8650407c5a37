import { type Json, objectOf } from '../types.ts';

/** A structural schema (OpenAPI v3) as a definition gives it. */
export type Schema = Json;

/** The schema of one field; `undefined` for a field that is not in it. */
export function fieldOf(schema: Schema, name: string): Schema | undefined {
  const property = objectOf(schema.properties)[name];
  if (property !== undefined) return objectOf(property);
  const { additionalProperties } = schema;
  if (additionalProperties === true) return {};
  return typeof additionalProperties === 'object' && additionalProperties !== null
    ? objectOf(additionalProperties)
    : undefined;
}

export function itemsOf(schema: Schema): Schema {
  return objectOf(schema.items);
}

export function keepsUnknown(schema: Schema): boolean {
  return schema['x-kubernetes-preserve-unknown-fields'] === true;
}

/** Every object has these, whatever its schema says. */
export const everyObjects = ['apiVersion', 'kind', 'metadata'];

/** Whether a value is an object of the API of its own. */
export function isObjectOfItsOwn(schema: Schema, path: string): boolean {
  return path === '' || schema['x-kubernetes-embedded-resource'] === true;
}

/** How parts of an object are merged when it is applied, by their path without indices. */
export type MergeRules = {
  /** Fields that tell elements of a list apart; `set` where they are their own keys; `undefined` for a whole list. */
  keysOf(path: string): readonly string[] | 'set' | undefined;
  /** Whether a map has one owner as a whole. */
  isAtomicMap(path: string): boolean;
};

/** Rules by `x-kubernetes-list-type`, `-list-map-keys` and `-map-type`. */
export function mergeRulesOf(root: Schema): MergeRules {
  function schemaAt(path: string): Schema {
    let schema: Schema = root;
    for (const step of path.split('.')) {
      while (schema.items !== undefined) schema = itemsOf(schema);
      schema = fieldOf(schema, step) ?? {};
    }
    return schema;
  }
  return {
    keysOf(path) {
      const schema = schemaAt(path);
      if (schema['x-kubernetes-list-type'] === 'set') return 'set';
      const keys = schema['x-kubernetes-list-map-keys'];
      return schema['x-kubernetes-list-type'] === 'map' && Array.isArray(keys) ? keys.map(String) : undefined;
    },
    isAtomicMap: (path) => schemaAt(path)['x-kubernetes-map-type'] === 'atomic',
  };
}
