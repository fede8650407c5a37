import { useId } from 'react';
import { t } from './ui.messages.ts';

/** The part of JSON Schema 2020-12 that template forms use, with our `x-ui` hints. */
export type FormSchema = {
  type?: string;
  title?: string;
  default?: unknown;
  enum?: readonly unknown[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, FormSchema>;
  additionalProperties?: boolean | FormSchema;
  'x-ui'?: {
    group?: string;
    order?: number;
    help?: string;
    unit?: string;
    widget?: string;
    advanced?: boolean;
    showIf?: string;
  };
};

export type FormValue = Record<string, unknown>;
export type FormError = { pointer: string; detail: string };

type Leaf = { path: string[]; schema: FormSchema };

/** Fields in their groups and order; nested objects without a widget of their own are flattened. */
export function leavesOf(schema: FormSchema, path: string[] = []): Leaf[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, child]) =>
    child.properties === undefined ? [{ path: [...path, key], schema: child }] : leavesOf(child, [...path, key]),
  );
}

export function valueAt(value: FormValue, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (current, key) => (typeof current === 'object' && current !== null ? (current as FormValue)[key] : undefined),
    value,
  );
}

/** A copy with one leaf changed; `undefined` takes the leaf out, so that the default counts again. */
export function withValue(value: FormValue, [key = '', ...rest]: readonly string[], leaf: unknown): FormValue {
  if (rest.length === 0) {
    const { [key]: _, ...others } = value;
    return leaf === undefined ? others : { ...others, [key]: leaf };
  }
  const child = value[key];
  return {
    ...value,
    [key]: withValue(typeof child === 'object' && child !== null ? (child as FormValue) : {}, rest, leaf),
  };
}

/** A form made from a schema: essentials open, the rest under "More", errors at their fields. */
export function SchemaForm(props: {
  schema: FormSchema;
  value: FormValue;
  errors: readonly FormError[];
  onChange: (value: FormValue) => void;
}) {
  const groups = Map.groupBy(leavesOf(props.schema), (leaf) => leaf.schema['x-ui']?.group ?? t.settings);
  return (
    <div className="stack">
      {[...groups].map(([group, leaves]) => {
        const visible = leaves
          .filter((leaf) => isShown(leaf, props.schema, props.value))
          .toSorted((a, b) => rank(a) - rank(b));
        const essentials = visible.filter((leaf) => leaf.schema['x-ui']?.advanced !== true);
        const advanced = visible.filter((leaf) => leaf.schema['x-ui']?.advanced === true);
        const hasError = advanced.some((leaf) => errorOf(leaf, props.errors) !== undefined);
        return (
          <fieldset key={group} className="stack">
            <legend>{group}</legend>
            {essentials.map((leaf) => (
              <Field key={leaf.path.join('/')} leaf={leaf} {...props} />
            ))}
            {advanced.length === 0 ? null : (
              <details open={hasError || undefined}>
                <summary>{t.more}</summary>
                <div className="stack">
                  {advanced.map((leaf) => (
                    <Field key={leaf.path.join('/')} leaf={leaf} {...props} />
                  ))}
                </div>
              </details>
            )}
          </fieldset>
        );
      })}
    </div>
  );
}

function rank(leaf: Leaf): number {
  return leaf.schema['x-ui']?.order ?? 99;
}

function isShown(leaf: Leaf, schema: FormSchema, value: FormValue): boolean {
  const condition = leaf.schema['x-ui']?.showIf;
  if (condition === undefined) return true;
  const path = condition.split('.');
  const set = valueAt(value, path);
  if (set !== undefined) return Boolean(set);
  return Boolean(leavesOf(schema).find((other) => other.path.join('.') === condition)?.schema.default);
}

function errorOf(leaf: Leaf, errors: readonly FormError[]): string | undefined {
  const pointer = `/${leaf.path.join('/')}`;
  return errors.find((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`))?.detail;
}

function Field({
  leaf,
  value,
  errors,
  onChange,
}: {
  leaf: Leaf;
  value: FormValue;
  errors: readonly FormError[];
  onChange: (value: FormValue) => void;
}) {
  const id = useId();
  const { schema, path } = leaf;
  const ui = schema['x-ui'] ?? {};
  const error = errorOf(leaf, errors);
  const given = valueAt(value, path);
  const set = (next: unknown) => onChange(withValue(value, path, next));
  const describedBy = `${id}-help`;
  const common = { id, 'aria-describedby': describedBy, 'aria-invalid': error !== undefined } as const;
  return (
    <div className="field">
      {schema.type === 'boolean' ? (
        <label className="row" htmlFor={id}>
          <input
            {...common}
            type="checkbox"
            checked={(given ?? schema.default) === true}
            onChange={(event) => set(event.target.checked)}
          />
          {schema.title ?? path.at(-1)}
        </label>
      ) : (
        <>
          <label htmlFor={id}>{schema.title ?? path.at(-1)}</label>
          <div className="with-unit">
            <Control common={common} schema={schema} given={given} set={set} />
            {ui.unit === undefined ? null : <span className="muted">{ui.unit}</span>}
          </div>
        </>
      )}
      <span id={describedBy}>
        {error === undefined ? null : <span className="error">{error}. </span>}
        {ui.help === undefined ? null : <span className="help">{ui.help}</span>}
      </span>
    </div>
  );
}

type Common = { id: string; 'aria-describedby': string; 'aria-invalid': boolean };

function Control({
  common,
  schema,
  given,
  set,
}: {
  common: Common;
  schema: FormSchema;
  given: unknown;
  set: (value: unknown) => void;
}) {
  if (schema.enum !== undefined) {
    return (
      <select {...common} value={String(given ?? schema.default ?? '')} onChange={(event) => set(event.target.value)}>
        {schema.enum.map((option) => (
          <option key={String(option)}>{String(option)}</option>
        ))}
      </select>
    );
  }
  if (schema.type === 'integer' || schema.type === 'number') {
    return (
      <input
        {...common}
        type="number"
        min={schema.minimum}
        max={schema.maximum}
        placeholder={schema.default === undefined ? '' : String(schema.default)}
        value={given === undefined ? '' : String(given)}
        onChange={(event) => set(event.target.value === '' ? undefined : Number(event.target.value))}
      />
    );
  }
  if (schema.type === 'object')
    return <Pairs id={common.id} value={(given as Record<string, string> | undefined) ?? {}} set={set} />;
  return (
    <input
      {...common}
      value={given === undefined ? '' : String(given)}
      placeholder={schema.default === undefined ? '' : String(schema.default)}
      onChange={(event) => set(event.target.value === '' ? undefined : event.target.value)}
    />
  );
}

/** A map of strings as rows of name and value; an empty last row adds one. */
function Pairs({ id, value, set }: { id: string; value: Record<string, string>; set: (value: unknown) => void }) {
  const entries = Object.entries(value);
  function change(index: number, entry: [string, string] | undefined): void {
    const next = entries.flatMap((old, at) => (at === index ? (entry === undefined ? [] : [entry]) : [old]));
    if (index === entries.length && entry !== undefined) next.push(entry);
    set(next.length === 0 ? undefined : Object.fromEntries(next));
  }
  return (
    <div className="pairs grow">
      {[...entries, ['', ''] as [string, string]].map(([key, item], index) => (
        <div key={String(index)} className="pair-row">
          <input
            id={index === 0 ? id : undefined}
            aria-label={t.name}
            placeholder={t.name}
            value={key}
            onChange={(event) => change(index, [event.target.value, item])}
          />
          <input
            aria-label={t.value}
            placeholder={t.value}
            value={item}
            disabled={key === ''}
            onChange={(event) => change(index, [key, event.target.value])}
          />
          {index === entries.length ? (
            <span />
          ) : (
            <button
              type="button"
              className="button small"
              aria-label={t.removeNamed(key)}
              onClick={() => change(index, undefined)}
            >
              {t.remove}
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
