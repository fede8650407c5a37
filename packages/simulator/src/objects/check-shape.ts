import { ApiError, badRequest } from './api-error.ts';
import { pruned } from './custom/prune.ts';
import type { Schema } from './custom/schema.ts';
import { apiVersionOf, type Kind } from './kinds.ts';
import { type Shape, shapeOf } from './schema.ts';
import { type Json, objectOf } from './types.ts';

type Fault = { path: string; is: 'unknown' } | { path: string; is: 'wrong'; wanted: Shape; got: string };

/**
 * A body as the API server decodes it: a wrong type is refused, an unknown field is dropped or, where validation is
 * strict, refused too.
 * @throws ApiError 400
 */
export function decode(kind: Kind, body: Json, isStrict: boolean, schema?: Schema): Json {
  const faults = faultsOf(kind, body);
  const wrong = faults.find((fault) => fault.is === 'wrong');
  const cannot = `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}`;
  if (wrong?.is === 'wrong') {
    const type = typeof wrong.wanted === 'string' ? goTypes[wrong.wanted] : 'list' in wrong.wanted ? '[]' : 'struct';
    throw badRequest(
      `${cannot}: json: cannot unmarshal ${wrong.got} into Go struct field ${kind.kind}.${wrong.path} of type ${type}`,
    );
  }
  const shape = shapeOf(kind);
  const custom = schema === undefined ? undefined : pruned(schema, body);
  const unknown = custom?.unknown ?? faults.map(({ path }) => path);
  if (unknown.length > 0 && isStrict)
    throw badRequest(
      `${cannot}: strict decoding error: ${unknown.map((path) => `unknown field "${path}"`).join(', ')}`,
    );
  if (custom !== undefined) return objectOf(custom.value);
  return faults.length === 0 || shape === undefined ? body : objectOf(prune(shape, body));
}

/** A body as server-side apply takes it: every field must be one of the schema. @throws ApiError 500 */
export function decodeApplied(kind: Kind, body: Json, name: string, schema?: Schema): void {
  const [unknown] = schema === undefined ? [] : pruned(schema, body).unknown;
  const [first] = faultsOf(kind, body);
  const fault = unknown === undefined ? first : { path: unknown, is: 'unknown' as const };
  if (fault === undefined) return;
  const why =
    fault.is === 'unknown'
      ? 'field not declared in schema'
      : `expected ${typeof fault.wanted === 'string' ? words[fault.wanted] : 'list' in fault.wanted ? 'list' : 'map'}, got ${fault.got}`;
  const what = `(/${name}; ${kind.group}/${kind.version}, Kind=${kind.kind})`;
  throw new ApiError(500, '', `failed to create typed patch object ${what}: .${fault.path}: ${why}`);
}

const goTypes = { text: 'string', int: 'int32', bool: 'bool', any: '' };
const words = { text: 'string', int: 'numeric (int or float)', bool: 'boolean', any: '' };

function faultsOf(kind: Kind, body: Json): Fault[] {
  const shape = shapeOf(kind);
  if (body.apiVersion !== undefined && body.apiVersion !== apiVersionOf(kind)) {
    throw badRequest(
      `the API version in the data (${String(body.apiVersion)}) does not match the expected API version (${apiVersionOf(kind)})`,
    );
  }
  return shape === undefined ? [] : walk(shape, body, '');
}

function walk(shape: Shape, value: unknown, path: string): Fault[] {
  if (shape === 'any' || value === null || value === undefined) return [];
  const got = Array.isArray(value) ? 'array' : typeof value;
  const wrong: Fault[] = [{ path, is: 'wrong', wanted: shape, got }];
  if (shape === 'text') return got === 'string' ? [] : wrong;
  if (shape === 'int') return got === 'number' ? [] : wrong;
  if (shape === 'bool') return got === 'boolean' ? [] : wrong;
  if ('list' in shape)
    return Array.isArray(value) ? value.flatMap((each, index) => walk(shape.list, each, `${path}[${index}]`)) : wrong;
  if (got !== 'object') return wrong;
  return Object.entries(value).flatMap(([name, each]) => {
    const below = path === '' ? name : `${path}.${name}`;
    if ('map' in shape) return walk(shape.map, each, below);
    const inner = shape.fields[name];
    return inner === undefined ? [{ path: below, is: 'unknown' as const }] : walk(inner, each, below);
  });
}

function prune(shape: Shape, value: unknown): unknown {
  if (typeof shape === 'string' || typeof value !== 'object' || value === null) return value;
  if ('list' in shape) return Array.isArray(value) ? value.map((each) => prune(shape.list, each)) : value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => {
      const inner = 'map' in shape ? shape.map : shape.fields[name];
      return inner === undefined ? [] : [[name, prune(inner, each)] as const];
    }),
  );
}
