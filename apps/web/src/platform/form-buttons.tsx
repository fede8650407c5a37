import { t } from './platform.messages.ts';

/** The end of a dialog's form. */
export function FormButtons(props: {
  verb: string;
  /** Instead of `verb` while it is under way. */
  busy?: string;
  pending: boolean;
  /** Something can be sent; true unless given. */
  ready?: boolean;
  onClose: () => void;
}) {
  return (
    <div className="row">
      <button type="submit" className="button primary" disabled={props.pending || props.ready === false}>
        {props.pending ? (props.busy ?? props.verb) : props.verb}
      </button>
      <button type="button" className="button" onClick={props.onClose}>
        {t.cancel}
      </button>
    </div>
  );
}
