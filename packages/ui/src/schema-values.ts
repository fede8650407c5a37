/** The part of JSON Schema 2020-12 that template forms use, with our `x-ui` hints. */
export type FormSchema = {
  type?: string;
  title?: string;
  default?: unknown;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, FormSchema>;
  required?: readonly string[];
  additionalProperties?: boolean | FormSchema;
  'x-ui'?: {
    group?: string;
    order?: number;
    help?: string;
    unit?: string;
    widget?: string;
    advanced?: boolean;
    /** A path, shown while it is true; or `path = value`, `path != value`. */
    showIf?: string;
  };
};

export type FormValue = Record<string, unknown>;
export type FormError = { pointer: string; detail: string };

/** Where the value of a field comes from that is not set here. */
export type FieldSource = {
  /** What counts while nothing is set here. */
  value: unknown;
  /** `application, revision 3, by Wang`; absent: the default. */
  text?: string | undefined;
  /** Why it cannot be set here. */
  locked?: string | undefined;
};

export type Leaf = { path: string[]; schema: FormSchema };

/** Fields in their groups and order; nested objects without a widget of their own are flattened. */
export function leavesOf(schema: FormSchema, path: string[] = []): Leaf[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    child.properties === undefined ? [{ path: [...path, key], schema: child }] : leavesOf(child, [...path, key]),
  );
}

export function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, key) => (typeof current === 'object' && current !== null ? (current as FormValue)[key] : undefined),
    value,
  );
}

/** Whether a value says anything that does not count without it: one that repeats what it stands over does not. */
export function differs(given: unknown, inherited: unknown): boolean {
  return given !== undefined && JSON.stringify(given) !== JSON.stringify(inherited);
}

/** A copy with one leaf changed; `undefined` takes the leaf out, and what is left empty above it. */
export function withValue(value: FormValue, [key = '', ...rest]: readonly string[], leaf: unknown): FormValue {
  const { [key]: child, ...others } = value;
  if (rest.length === 0) return leaf === undefined ? others : { ...value, [key]: leaf };
  const inner = withValue(isMap(child) ? child : {}, rest, leaf);
  return leaf === undefined && Object.keys(inner).length === 0 ? others : { ...value, [key]: inner };
}

/** Whether a field is shown for these values: `countingAt` gives what counts at a path. */
export function isShown(leaf: Leaf, countingAt: (path: readonly string[]) => unknown): boolean {
  const condition = leaf.schema['x-ui']?.showIf;
  if (condition === undefined) return true;
  const [, path = condition, operator, wanted] = /^(\S+)\s*(!=|=)\s*(\S+)$/.exec(condition) ?? [];
  const found = countingAt(path.split('.'));
  if (operator === undefined) return Boolean(found);
  return (String(found) === wanted) === (operator === '=');
}

/** JSON pointer of a field (RFC 6901). */
export function pointerOf(path: readonly string[]): string {
  return path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

export function isMap(value: unknown): value is FormValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
