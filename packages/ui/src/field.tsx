import { type ReactNode, useId } from 'react';

/** A labelled control with its help, or what is wrong with it. */
export function Field(props: {
  label: string;
  help?: string | undefined;
  error?: string | undefined;
  children: (common: { id: string; 'aria-describedby': string; 'aria-invalid': boolean }) => ReactNode;
}) {
  const id = useId();
  return (
    <div className="field grow">
      <label htmlFor={id}>{props.label}</label>
      {props.children({ id, 'aria-describedby': `${id}-help`, 'aria-invalid': props.error !== undefined })}
      <span id={`${id}-help`}>
        {props.error === undefined ? null : <span className="error">{props.error} </span>}
        {props.help === undefined || props.error !== undefined ? null : <span className="help">{props.help}</span>}
      </span>
    </div>
  );
}
