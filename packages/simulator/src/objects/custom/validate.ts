import { isDeepStrictEqual } from 'node:util';
import type { InvalidField } from '../api-error.ts';
import { isMap, listOf } from '../types.ts';
import { within } from '../within.ts';
import { everyObjects, fieldOf, isObjectOfItsOwn, itemsOf, type Schema } from './schema.ts';

/** Everything about an object that its schema does not allow, in the words of the API server. */
export function schemaFaults(schema: Schema, object: unknown): InvalidField[] {
  return faultsOf(schema, object, '');
}

function faultsOf(schema: Schema, value: unknown, path: string): InvalidField[] {
  if (value === null && schema.nullable === true) return [];
  const wrong = typeFault(schema, value, path);
  if (wrong !== undefined) return [wrong];
  const own = [...enumFaults(schema, value, path), ...sizeFaults(schema, value, path)];
  if (Array.isArray(value))
    return [
      ...own,
      ...doubles(schema, value, path),
      ...value.flatMap((each, index) => faultsOf(itemsOf(schema), each, `${path}[${index}]`)),
    ];
  if (!isMap(value)) return own;
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  const missing = required.filter((name) => value[name] === undefined);
  return [
    ...own,
    ...missing.map((name) => ({ field: below(path, name), why: 'Required value' })),
    ...Object.entries(value).flatMap(([name, each]) => {
      if (isObjectOfItsOwn(schema, path) && everyObjects.includes(name)) return [];
      const field = fieldOf(schema, name);
      return field === undefined ? [] : faultsOf(field, each, below(path, name));
    }),
  ];
}

function below(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function typeFault(schema: Schema, value: unknown, path: string): InvalidField | undefined {
  const is = typeOf(value);
  const { type } = schema;
  if (schema['x-kubernetes-int-or-string'] === true && (is === 'integer' || is === 'string')) return undefined;
  if (type === undefined || type === is || (type === 'number' && is === 'integer')) return undefined;
  return said(path, JSON.stringify(is), `must be of type ${String(type)}: ${JSON.stringify(is)}`);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function said(path: string, value: string, words: string): InvalidField {
  const field = path === '' ? '<nil>' : path;
  return { field, why: `Invalid value: ${value}: ${path} in body ${words}` };
}

function enumFaults(schema: Schema, value: unknown, path: string): InvalidField[] {
  const allowed = schema.enum;
  if (!Array.isArray(allowed) || allowed.some((each) => isDeepStrictEqual(each, value))) return [];
  const words = allowed.map((each) => JSON.stringify(typeof each === 'string' ? each : JSON.stringify(each)));
  return [{ field: path, why: `Unsupported value: ${JSON.stringify(value)}: supported values: ${words.join(', ')}` }];
}

function sizeFaults(schema: Schema, value: unknown, path: string): InvalidField[] {
  const faults: InvalidField[] = [];
  const limit = (name: string) => (typeof schema[name] === 'number' ? schema[name] : undefined);
  const add = (isWrong: boolean, fault: InvalidField) => {
    if (isWrong) faults.push(fault);
  };
  const many = (length: number, most: number) => ({
    field: path,
    why: `Too many: ${length}: must have at most ${most} items`,
  });
  if (typeof value === 'number') {
    const [least, most] = [limit('minimum'), limit('maximum')];
    if (least !== undefined) {
      const isOver = schema.exclusiveMinimum === true;
      const words = `should be greater than ${isOver ? '' : 'or equal to '}${least}`;
      add(isOver ? value <= least : value < least, said(path, String(value), words));
    }
    if (most !== undefined) {
      const isUnder = schema.exclusiveMaximum === true;
      const words = `should be less than ${isUnder ? '' : 'or equal to '}${most}`;
      add(isUnder ? value >= most : value > most, said(path, String(value), words));
    }
  } else if (typeof value === 'string') {
    const [least, most] = [limit('minLength'), limit('maxLength')];
    const shown = JSON.stringify(value);
    if (least !== undefined)
      add([...value].length < least, said(path, shown, `should be at least ${least} chars long`));
    if (most !== undefined)
      add([...value].length > most, { field: path, why: `Too long: may not be more than ${most} bytes` });
    const { pattern } = schema;
    if (typeof pattern === 'string') add(!fits(pattern, value), said(path, shown, `should match '${pattern}'`));
  } else if (Array.isArray(value)) {
    const [least, most] = [limit('minItems'), limit('maxItems')];
    if (least !== undefined)
      add(value.length < least, said(path, String(value.length), `should have at least ${least} items`));
    if (most !== undefined) add(value.length > most, many(value.length, most));
  } else if (isMap(value)) {
    const most = limit('maxProperties');
    const { length } = Object.keys(value);
    if (most !== undefined) add(length > most, many(length, most));
  }
  return faults;
}

const patternMs = 100;

/** A pattern that takes too long fits nothing. */
function fits(pattern: string, value: string): boolean {
  return within(patternMs, () => new RegExp(pattern, 'u').test(value)) === true;
}

/** Elements that are told apart by keys, or are their own keys, stand there once. */
function doubles(schema: Schema, value: readonly unknown[], path: string): InvalidField[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  const type = schema['x-kubernetes-list-type'];
  const seen: unknown[] = [];
  return (type === 'map' ? listOf(value) : type === 'set' ? value : []).flatMap((each, index) => {
    const names = Array.isArray(keys) ? keys.map(String) : [];
    const key = isMap(each) && type === 'map' ? Object.fromEntries(names.map((name) => [name, each[name]])) : each;
    const isDouble = seen.some((other) => isDeepStrictEqual(other, key));
    seen.push(key);
    return isDouble ? [{ field: `${path}[${index}]`, why: `Duplicate value: ${JSON.stringify(key)}` }] : [];
  });
}
