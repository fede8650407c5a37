import { useId } from 'react';

/** A labelled field with help below and its error at it. */
export function TextField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  help?: string;
  type?: 'text' | 'password';
  autoComplete?: string;
}) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      <input
        id={id}
        type={props.type ?? 'text'}
        value={props.value}
        autoComplete={props.autoComplete}
        aria-invalid={props.error !== undefined}
        aria-describedby={`${id}-help`}
        onChange={(event) => props.onChange(event.target.value)}
      />
      <span id={`${id}-help`}>
        {props.error === undefined ? null : <span className="error">{props.error} </span>}
        {props.help === undefined ? null : <span className="help">{props.help}</span>}
      </span>
    </div>
  );
}
