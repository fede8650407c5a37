import { isMap } from '../types.ts';
import { everyObjects, fieldOf, isObjectOfItsOwn, itemsOf, keepsUnknown, type Schema } from './schema.ts';

/** A value with the fields of its schema alone, and the paths of the others. */
export function pruned(schema: Schema, value: unknown): { value: unknown; unknown: string[] } {
  const unknown: string[] = [];
  function walk(at: Schema, part: unknown, path: string): unknown {
    if (Array.isArray(part)) return part.map((each, index) => walk(itemsOf(at), each, `${path}[${index}]`));
    if (!isMap(part)) return part;
    const kept: [string, unknown][] = [];
    for (const [name, each] of Object.entries(part)) {
      const below = path === '' ? name : `${path}.${name}`;
      const field = fieldOf(at, name);
      if (isObjectOfItsOwn(at, path) && everyObjects.includes(name)) kept.push([name, each]);
      else if (field !== undefined) kept.push([name, walk(field, each, below)]);
      else if (keepsUnknown(at)) kept.push([name, each]);
      else unknown.push(below);
    }
    return Object.fromEntries(kept);
  }
  return { value: walk(schema, value, ''), unknown };
}

/** A value with what its schema gives to fields that are not there; where a map is missing, what is in it is, too. */
export function withSchemaDefaults(schema: Schema, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => withSchemaDefaults(itemsOf(schema), each));
  if (!isMap(value)) return value;
  const made: Record<string, unknown> = { ...value };
  for (const [name, field] of Object.entries((schema.properties ?? {}) as Record<string, Schema>)) {
    const isMissing = made[name] === undefined || (made[name] === null && field.nullable !== true);
    if (isMissing && field.default !== undefined) made[name] = structuredClone(field.default);
  }
  for (const [name, each] of Object.entries(made)) {
    const field = fieldOf(schema, name);
    if (field !== undefined) made[name] = withSchemaDefaults(field, each);
  }
  return made;
}
