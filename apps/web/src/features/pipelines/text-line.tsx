import { Field } from '@quarterdeck/ui';

/** One line of text; `secret` hides it, and nothing fills it in. */
export function TextLine(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  help?: string | undefined;
  error?: string | undefined;
  secret?: boolean;
  placeholder?: string;
}) {
  return (
    <Field label={props.label} help={props.help} error={props.error}>
      {(common) => (
        <input
          {...common}
          type={props.secret === true ? 'password' : 'text'}
          autoComplete={props.secret === true ? 'new-password' : 'off'}
          spellCheck={false}
          placeholder={props.placeholder}
          value={props.value}
          onChange={(event) => props.onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
