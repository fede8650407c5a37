import { CopyButton, Dialog } from '@quarterdeck/ui';
import { useId } from 'react';
import { t } from './people.messages.ts';

/** Stays until it is closed by its own button: Escape would lose what cannot be shown again. */
export function LinkShown(props: { name: string; link: { url: string }; onClose: () => void }) {
  const id = useId();
  return (
    <Dialog title={t.linkTitle} onClose={() => {}}>
      <p>{t.linkFor(props.name)}</p>
      <p className="notice degraded">{t.linkOnce}</p>
      <div className="field wide">
        <label htmlFor={id}>{t.link}</label>
        <textarea
          id={id}
          className="token"
          rows={2}
          readOnly
          value={props.link.url}
          data-autofocus
          onFocus={(event) => event.target.select()}
        />
      </div>
      <div className="row">
        <CopyButton text={props.link.url} label={t.copyLink} />
        <button type="button" className="button primary" onClick={props.onClose}>
          {t.done}
        </button>
      </div>
    </Dialog>
  );
}
