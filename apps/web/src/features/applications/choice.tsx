import { Field } from '@quarterdeck/ui';

/** One of a few words. */
export function Choice<T extends string>(props: {
  label: string;
  help?: string | undefined;
  value: T;
  words: Readonly<Record<T, string>>;
  onChange: (value: T) => void;
}) {
  return (
    <Field label={props.label} help={props.help}>
      {(common) => (
        <select {...common} value={props.value} onChange={(event) => props.onChange(event.target.value as T)}>
          {(Object.entries(props.words) as [T, string][]).map(([value, word]) => (
            <option key={value} value={value}>
              {word}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
