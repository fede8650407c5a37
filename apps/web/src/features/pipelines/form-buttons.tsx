import { t } from './pipelines.messages.ts';

/** The end of a dialog's form. */
export function FormButtons(props: {
  verb: string;
  busy: string;
  pending: boolean;
  ready: boolean;
  onClose: () => void;
}) {
  return (
    <div className="row">
      <button type="submit" className="button primary" disabled={props.pending || !props.ready}>
        {props.pending ? props.busy : props.verb}
      </button>
      <button type="button" className="button" onClick={props.onClose}>
        {t.cancel}
      </button>
    </div>
  );
}
