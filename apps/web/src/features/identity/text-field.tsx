import { useId } from 'react';

/** A labelled field with help below and its error at it. */
export function TextField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string | undefined;
  help?: string | undefined;
  type?: 'text' | 'password' | 'email';
  autoComplete?: string;
  placeholder?: string;
  inputMode?: 'numeric';
  readOnly?: boolean;
  /** More than one line, for text that is pasted. */
  rows?: number;
  wide?: boolean;
}) {
  const id = useId();
  const shared = {
    id,
    value: props.value,
    autoComplete: props.autoComplete,
    placeholder: props.placeholder,
    inputMode: props.inputMode,
    readOnly: props.readOnly,
    'aria-invalid': props.error !== undefined,
    'aria-describedby': `${id}-help`,
    onChange: (event: { target: { value: string } }) => props.onChange(event.target.value),
  };
  return (
    <div className={props.wide === true ? 'field wide' : 'field'}>
      <label htmlFor={id}>{props.label}</label>
      {props.rows === undefined ? (
        <input {...shared} type={props.type ?? 'text'} />
      ) : (
        <textarea {...shared} rows={props.rows} spellCheck={false} />
      )}
      <span id={`${id}-help`}>
        {props.error === undefined ? null : <span className="error">{props.error} </span>}
        {props.help === undefined ? null : <span className="help">{props.help}</span>}
      </span>
    </div>
  );
}
