import { lazy, Suspense, useState } from 'react';
import { type FormSchema, type FormValue, isMap } from './schema-values.ts';
import { t } from './ui.messages.ts';

export type ControlCommon = { id: string; 'aria-describedby': string; 'aria-invalid': boolean; disabled: boolean };

type ControlProps = {
  common: ControlCommon;
  schema: FormSchema;
  given: unknown;
  /** What counts while nothing is given: shown in grey. */
  inherited: unknown;
  /** `undefined`: nothing is given any more. */
  set: (value: unknown) => void;
};

const CodeEditor = lazy(async () => ({ default: (await import('./code-editor.tsx')).CodeEditor }));

/** The control for a value of this schema. */
export function SchemaControl({ common, schema, given, inherited, set }: ControlProps) {
  if (schema.enum !== undefined) {
    return (
      <select {...common} value={String(given ?? inherited ?? '')} onChange={(event) => set(event.target.value)}>
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
        placeholder={textOf(inherited)}
        value={textOf(given)}
        onChange={(event) => set(event.target.value === '' ? undefined : Number(event.target.value))}
      />
    );
  }
  if (schema.type === 'array') return <Lines common={common} given={given} inherited={inherited} set={set} />;
  if (schema.type === 'object') {
    const values = isMap(schema.additionalProperties) ? (schema.additionalProperties as FormSchema) : {};
    const shared = { common, given, inherited, set };
    return values.properties === undefined ? (
      <Pairs {...shared} values={values} />
    ) : (
      <Entries {...shared} values={values} />
    );
  }
  if (schema['x-ui']?.widget === 'code') {
    return (
      <Suspense fallback={<div className="code-editor" />}>
        <CodeEditor
          label={schema.title ?? t.value}
          language="yaml"
          value={textOf(given ?? inherited)}
          readOnly={common.disabled}
          onChange={(text) => set(text === '' ? undefined : text)}
        />
      </Suspense>
    );
  }
  return (
    <input
      {...common}
      value={textOf(given)}
      placeholder={textOf(inherited)}
      onChange={(event) => set(event.target.value === '' ? undefined : event.target.value)}
    />
  );
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value);
}

/** A list of texts, one a line. */
function Lines({ common, given, inherited, set }: Omit<ControlProps, 'schema'>) {
  const kept = Array.isArray(given) ? given.map(String) : undefined;
  // As typed: an empty last line is where the next part is written.
  const [text, setText] = useState(kept?.join('\n') ?? '');
  const partsOf = (typed: string) => typed.split('\n').filter((line) => line !== '');
  const shown = JSON.stringify(partsOf(text)) === JSON.stringify(kept ?? []) ? text : (kept ?? []).join('\n');
  return (
    <textarea
      {...common}
      rows={Math.min(8, Math.max(2, shown.split('\n').length))}
      spellCheck={false}
      value={shown}
      placeholder={Array.isArray(inherited) ? inherited.join('\n') : ''}
      onChange={(event) => {
        setText(event.target.value);
        const parts = partsOf(event.target.value);
        set(parts.length === 0 ? undefined : parts);
      }}
    />
  );
}

type MapProps = Omit<ControlProps, 'schema'> & { values: FormSchema };

/** Rows of a map: those given, and one to add another; changes keep the order. */
function useRows(given: unknown, set: (value: unknown) => void) {
  const entries = Object.entries(isMap(given) ? given : {});
  function change(index: number, entry: [string, unknown] | undefined): void {
    const next = entries.flatMap((old, at) => (at === index ? (entry === undefined ? [] : [entry]) : [old]));
    if (index === entries.length && entry !== undefined) next.push(entry);
    set(next.length === 0 ? undefined : Object.fromEntries(next));
  }
  return { entries, change };
}

/** What a wider layer has in this map: it joins what is given here. */
function InheritedKeys({ inherited, given }: { inherited: unknown; given: unknown }) {
  const keys = Object.keys(isMap(inherited) ? inherited : {}).filter(
    (key) => !isMap(given) || given[key] === undefined,
  );
  return keys.length === 0 ? null : <span className="help">{t.alsoHas(keys.join(', '))}</span>;
}

/** A map of single values as rows of name and value; an empty last row adds one. */
function Pairs({ common, given, inherited, set, values }: MapProps) {
  const { entries, change } = useRows(given, set);
  const first = String(values.enum?.[0] ?? '');
  return (
    <div className="grow stack tight">
      <div className="pairs">
        {[...entries, ['', first] as [string, unknown]].map(([key, item], index) => (
          <div key={String(index)} className="pair-row">
            <input
              id={index === 0 ? common.id : undefined}
              aria-label={t.name}
              placeholder={t.name}
              value={key}
              disabled={common.disabled}
              onChange={(event) => change(index, [event.target.value, item])}
            />
            {values.enum === undefined ? (
              <input
                aria-label={t.value}
                placeholder={t.value}
                value={textOf(item)}
                disabled={key === '' || common.disabled}
                onChange={(event) => change(index, [key, event.target.value])}
              />
            ) : (
              <select
                aria-label={t.value}
                value={textOf(item)}
                disabled={key === '' || common.disabled}
                onChange={(event) => change(index, [key, event.target.value])}
              >
                {values.enum.map((option) => (
                  <option key={String(option)}>{String(option)}</option>
                ))}
              </select>
            )}
            <RemoveRow
              name={key}
              isLast={index === entries.length}
              disabled={common.disabled}
              onRemove={() => change(index, undefined)}
            />
          </div>
        ))}
      </div>
      <InheritedKeys inherited={inherited} given={given} />
    </div>
  );
}

/** A map of objects: a name and its fields each; an empty last one adds another. */
function Entries({ common, given, inherited, set, values }: MapProps) {
  const { entries, change } = useRows(given, set);
  return (
    <div className="grow stack tight">
      {[...entries, ['', {}] as [string, unknown]].map(([key, item], index) => (
        <div key={String(index)} className="entry">
          <input
            id={index === 0 ? common.id : undefined}
            aria-label={t.name}
            placeholder={t.name}
            value={key}
            disabled={common.disabled}
            onChange={(event) => change(index, [event.target.value, item])}
          />
          {key === ''
            ? null
            : Object.entries(values.properties ?? {}).map(([field, schema]) => (
                <EntryField
                  key={field}
                  schema={schema}
                  name={field}
                  value={isMap(item) ? item : {}}
                  disabled={common.disabled}
                  onChange={(next) => change(index, [key, next])}
                />
              ))}
          <RemoveRow
            name={key}
            isLast={index === entries.length}
            disabled={common.disabled}
            onRemove={() => change(index, undefined)}
          />
        </div>
      ))}
      <InheritedKeys inherited={inherited} given={given} />
    </div>
  );
}

function EntryField(props: {
  schema: FormSchema;
  name: string;
  value: FormValue;
  disabled: boolean;
  onChange: (value: FormValue) => void;
}) {
  const { schema, name, value, disabled, onChange } = props;
  const title = schema.title ?? name;
  const change = (next: unknown) => {
    const { [name]: _, ...others } = value;
    onChange(next === undefined ? others : { ...others, [name]: next });
  };
  if (schema.type === 'boolean') {
    const isOn = (value[name] ?? schema.default) === true;
    return (
      <label className="row">
        <input type="checkbox" checked={isOn} disabled={disabled} onChange={(event) => change(event.target.checked)} />
        {title}
      </label>
    );
  }
  return (
    <input
      aria-label={title}
      placeholder={`${title}${textOf(schema.default) === '' ? '' : `: ${textOf(schema.default)}`}`}
      value={textOf(value[name])}
      disabled={disabled}
      onChange={(event) => change(event.target.value === '' ? undefined : event.target.value)}
    />
  );
}

function RemoveRow(props: { name: string; isLast: boolean; disabled: boolean; onRemove: () => void }) {
  if (props.isLast) return <span />;
  return (
    <button
      type="button"
      className="button small"
      aria-label={t.removeNamed(props.name)}
      disabled={props.disabled}
      onClick={props.onRemove}
    >
      {t.remove}
    </button>
  );
}
