import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { t } from './ui.messages.ts';

/** A dialog over the page: Escape closes it, focus goes in and comes back. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const close = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  }, [onClose]);
  useEffect(() => {
    const before = document.activeElement;
    box.current?.querySelector<HTMLElement>('[data-autofocus], input, button')?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <div className="overlay" role="presentation">
      <div className="dialog" role="dialog" aria-modal="true" aria-labelledby={id} ref={box}>
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </div>
  );
}

/** Details beside the list they belong to. */
export function Drawer({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const id = useId();
  useEffect(() => {
    const close = (event: KeyboardEvent) => event.key === 'Escape' && onClose();
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  }, [onClose]);
  return (
    <aside className="drawer" aria-labelledby={id}>
      <div className="spread">
        <h2 id={id}>{title}</h2>
        <button type="button" className="button small" onClick={onClose}>
          {t.close}
        </button>
      </div>
      {children}
    </aside>
  );
}

/**
 * Asks before damage. L2 shows what happens; L3 also wants the name typed and a reason. Focus starts on Cancel and
 * Enter never confirms L3.
 * @param asksReason a reason for the audit may be given at L2 too
 */
export function ConfirmDanger(props: {
  title: string;
  verb: string;
  level: 'L2' | 'L3';
  expectText?: string;
  asksReason?: boolean;
  children: ReactNode;
  pending: boolean;
  error?: ReactNode;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const ready = props.expectText === undefined || typed === props.expectText;
  const typedId = useId();
  const reasonId = useId();
  return (
    <Dialog title={props.title} onClose={props.onClose}>
      {props.children}
      {props.expectText === undefined ? null : (
        <div className="field">
          <label htmlFor={typedId}>{t.typeToConfirm(props.expectText)}</label>
          <input id={typedId} value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
        </div>
      )}
      {props.level === 'L3' || props.asksReason === true ? (
        <div className="field">
          <label htmlFor={reasonId}>{t.reason}</label>
          <input id={reasonId} value={reason} onChange={(event) => setReason(event.target.value)} />
        </div>
      ) : null}
      {props.error}
      <div className="row">
        <button type="button" className="button" data-autofocus onClick={props.onClose}>
          {t.cancel}
        </button>
        <button
          type="button"
          className="button danger"
          disabled={!ready || props.pending}
          onClick={() => props.onConfirm(reason)}
        >
          {props.pending ? t.working : props.verb}
        </button>
      </div>
    </Dialog>
  );
}
