import { BundleError } from './errors.ts';

type Schema = Record<string, unknown>;

const maxDepth = 12;

/**
 * What a parameter schema must say so that a form can be made of it and no value is unbounded: objects are closed or
 * typed, strings, lists and maps have bounds, references are local and end, an object whose fields have defaults has
 * one itself.
 * @throws BundleError that names the place by JSON pointer
 */
export function checkSchemaRules(schema: Schema): void {
  if (schema.type !== 'object') refuse('', 'is of type object');
  visit(schema, '', schema, []);
}

function refuse(pointer: string, rule: string): never {
  throw new BundleError('schema.json', `${pointer === '' ? 'the schema' : pointer} ${rule}`);
}

function visit(schema: Schema, pointer: string, root: Schema, followed: readonly string[]): void {
  if (pointer.split('/').length > maxDepth) refuse(pointer, `is nested more than ${maxDepth} deep`);
  if (typeof schema.$ref === 'string') {
    if (followed.includes(schema.$ref)) refuse(pointer, 'refers to itself: a form would never end');
    visit(resolve(schema.$ref, pointer, root), pointer, root, [...followed, schema.$ref]);
    return;
  }
  const closed = [schema.enum, schema.const].some((value) => value !== undefined);
  if (schema.type === 'string' && !closed && [schema.maxLength, schema.pattern].every((value) => value === undefined))
    refuse(pointer, 'needs maxLength, pattern or enum');
  if (schema.type === 'array') visitList(schema, pointer, root, followed);
  if (schema.type === 'object') visitObject(schema, pointer, root, followed);
  for (const word of ['oneOf', 'anyOf', 'allOf']) {
    for (const [index, option] of listOf(schema[word]).entries())
      visit(option, `${pointer}/${word}/${index}`, root, followed);
  }
}

function visitList(schema: Schema, pointer: string, root: Schema, followed: readonly string[]): void {
  if (schema.maxItems === undefined) refuse(pointer, 'needs maxItems');
  if (isSchema(schema.items)) visit(schema.items, `${pointer}/items`, root, followed);
  else refuse(pointer, 'says what its items are');
}

function visitObject(schema: Schema, pointer: string, root: Schema, followed: readonly string[]): void {
  const more = schema.additionalProperties;
  if (more === undefined || more === true) refuse(pointer, 'says additionalProperties: false, or what they are');
  if (isSchema(more)) {
    if (schema.maxProperties === undefined) refuse(pointer, 'needs maxProperties');
    visit(more, `${pointer}/additionalProperties`, root, followed);
  }
  const properties = isSchema(schema.properties) ? Object.entries(schema.properties) : [];
  for (const [key, child] of properties) {
    if (!isSchema(child)) continue;
    const place = `${pointer}/properties/${key}`;
    visit(child, place, root, followed);
    // Without one the defaults below would never be filled in.
    if (child.type === 'object' && child.default === undefined && hasDefaults(child))
      refuse(place, 'holds defaults, so it needs default: {} itself');
  }
}

function hasDefaults(schema: Schema): boolean {
  const children = isSchema(schema.properties) ? Object.values(schema.properties).filter(isSchema) : [];
  return children.some((child) => child.default !== undefined || hasDefaults(child));
}

function resolve(ref: string, pointer: string, root: Schema): Schema {
  if (!ref.startsWith('#/')) refuse(pointer, 'refers to something outside of the schema');
  const found = ref
    .slice(2)
    .split('/')
    .reduce<unknown>((node, key) => (isSchema(node) ? node[key] : undefined), root);
  return isSchema(found) ? found : refuse(pointer, `refers to ${ref}, which is not there`);
}

function listOf(value: unknown): Schema[] {
  return Array.isArray(value) ? value.filter(isSchema) : [];
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
