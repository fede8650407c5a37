import { useId } from 'react';
import { SchemaControl } from './schema-controls.tsx';
import {
  differs,
  type FieldSource,
  type FormError,
  type FormSchema,
  type FormValue,
  isShown,
  type Leaf,
  leavesOf,
  pointerOf,
  valueAt,
  withValue,
} from './schema-values.ts';
import { t } from './ui.messages.ts';

type FormProps = {
  schema: FormSchema;
  /** What is set here; everything else comes from `source`, or from the schema's defaults. */
  value: FormValue;
  errors: readonly FormError[];
  /** For forms in layers: where a field's value comes from while nothing is set here. */
  source?: ((pointer: string) => FieldSource | undefined) | undefined;
  readOnly?: boolean;
  onChange: (value: FormValue) => void;
};

/** A form made from a schema: essentials open, the rest under "More", errors at their fields. */
export function SchemaForm(props: FormProps) {
  const leaves = leavesOf(props.schema);
  const groups = Map.groupBy(leaves, (leaf) => leaf.schema['x-ui']?.group ?? t.settings);
  const countingAt = (path: readonly string[]) => {
    const leaf = leaves.find((other) => other.path.join('.') === path.join('.'));
    return valueAt(props.value, path) ?? props.source?.(pointerOf(path))?.value ?? leaf?.schema.default;
  };
  return (
    <div className="stack">
      {[...groups].map(([group, all]) => {
        const visible = all.filter((leaf) => isShown(leaf, countingAt)).toSorted((a, b) => rank(a) - rank(b));
        const essentials = visible.filter((leaf) => leaf.schema['x-ui']?.advanced !== true);
        const advanced = visible.filter((leaf) => leaf.schema['x-ui']?.advanced === true);
        // What is set, or wrong, is not hidden.
        const isOpen = advanced.some((leaf) => errorOf(leaf, props.errors) !== undefined || isSet(leaf, props));
        return visible.length === 0 ? null : (
          <fieldset key={group} className="stack">
            <legend>{group}</legend>
            {essentials.map((leaf) => (
              <SchemaField key={leaf.path.join('/')} leaf={leaf} {...props} />
            ))}
            {advanced.length === 0 ? null : (
              <details open={isOpen || undefined}>
                <summary>{t.more}</summary>
                <div className="stack">
                  {advanced.map((leaf) => (
                    <SchemaField key={leaf.path.join('/')} leaf={leaf} {...props} />
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

function isSet({ path, schema }: Leaf, { value, source }: FormProps): boolean {
  return differs(valueAt(value, path), source?.(pointerOf(path))?.value ?? schema.default);
}

function errorOf(leaf: Leaf, errors: readonly FormError[]): string | undefined {
  const pointer = pointerOf(leaf.path);
  return errors.find((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`))?.detail;
}

function SchemaField({ leaf, value, errors, source, readOnly = false, onChange }: FormProps & { leaf: Leaf }) {
  const id = useId();
  const { schema, path } = leaf;
  const ui = schema['x-ui'] ?? {};
  const error = errorOf(leaf, errors);
  const given = valueAt(value, path);
  const from = source?.(pointerOf(path));
  const set = (next: unknown) => onChange(withValue(value, path, next));
  const describedBy = `${id}-help`;
  const common = {
    id,
    'aria-describedby': describedBy,
    'aria-invalid': error !== undefined,
    disabled: readOnly || from?.locked !== undefined,
  } as const;
  const inherited = from?.value ?? schema.default;
  const title = schema.title ?? path.at(-1);
  return (
    <div className="field">
      {schema.type === 'boolean' ? (
        <label className="row" htmlFor={id}>
          <input
            {...common}
            type="checkbox"
            checked={(given ?? inherited) === true}
            onChange={(event) => set(event.target.checked)}
          />
          {title}
        </label>
      ) : (
        <>
          <label htmlFor={id}>{title}</label>
          <div className="with-unit">
            <SchemaControl common={common} schema={schema} given={given} inherited={inherited} set={set} />
            {ui.unit === undefined ? null : <span className="muted">{ui.unit}</span>}
          </div>
        </>
      )}
      <span id={describedBy}>
        {error === undefined ? null : <span className="error">{error}. </span>}
        {ui.help === undefined ? null : <span className="help">{ui.help} </span>}
        {from?.locked === undefined ? null : <span className="help">{from.locked} </span>}
        {from?.text === undefined || differs(given, inherited) ? null : (
          <span className="source">{t.from(from.text)}</span>
        )}
      </span>
      {from === undefined || !differs(given, inherited) || readOnly ? null : (
        <span className="source">
          {t.setHere}{' '}
          <button type="button" className="link" onClick={() => set(undefined)}>
            {from.text === undefined ? t.resetToDefault : t.resetTo(from.text)}
            <span className="visually-hidden"> {t.resetNamed(String(title))}</span>
          </button>
        </span>
      )}
    </div>
  );
}
