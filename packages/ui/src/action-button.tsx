import { type ReactNode, useId } from 'react';

/**
 * A button of an action. What may not be done now stays in its place, can be reached, and says why.
 * @param reason why not, with the permission and who grants it, or the state that forbids it
 */
export function ActionButton(props: {
  children: ReactNode;
  reason?: string | undefined;
  kind?: 'primary' | 'danger' | 'plain' | undefined;
  small?: boolean;
  pending?: boolean;
  onClick: () => void;
}) {
  const id = useId();
  const { reason } = props;
  const refused = reason !== undefined || props.pending === true;
  const classes = ['button', props.kind ?? '', props.small === true ? 'small' : ''].filter((name) => name !== '');
  return (
    <span className="action">
      <button
        type="button"
        className={classes.join(' ')}
        aria-disabled={refused}
        aria-describedby={reason === undefined ? undefined : id}
        title={reason}
        onClick={() => {
          if (!refused) props.onClick();
        }}
      >
        {props.children}
      </button>
      {reason === undefined ? null : (
        <span id={id} className="visually-hidden">
          {reason}
        </span>
      )}
    </span>
  );
}
