import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { t } from './ui.messages.ts';

/** What is open over the page, the topmost last. */
const layers: object[] = [];

/** Escape closes the topmost layer and no other one. */
function useEscape(onClose: () => void): void {
  const latest = useRef(onClose);
  useEffect(() => {
    latest.current = onClose;
  }, [onClose]);
  useEffect(() => {
    const layer = {};
    layers.push(layer);
    const close = (event: globalThis.KeyboardEvent) => {
      if (event.key === 'Escape' && layers.at(-1) === layer) latest.current();
    };
    window.addEventListener('keydown', close);
    return () => {
      window.removeEventListener('keydown', close);
      layers.splice(layers.indexOf(layer), 1);
    };
  }, []);
}

const reachable =
  'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex="0"]';

/** Tab goes round inside: what lies below a dialog is not to be reached. */
function keepFocus(event: KeyboardEvent<HTMLDivElement>): void {
  if (event.key !== 'Tab') return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>(reachable)].filter(
    (element) => element.offsetParent !== null,
  );
  const [edge, other] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
  if (document.activeElement !== edge) return;
  event.preventDefault();
  other?.focus();
}

/** A dialog over the page: Escape closes it, focus goes in, stays, and comes back. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  useEscape(onClose);
  useEffect(() => {
    const before = document.activeElement;
    const find = (selector: string) => box.current?.querySelector<HTMLElement>(selector);
    (find('[data-autofocus]') ?? find('input, button'))?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <div className="overlay" role="presentation">
      <div className="dialog" role="dialog" aria-modal="true" aria-labelledby={id} ref={box} onKeyDown={keepFocus}>
        <h2 id={id}>{title}</h2>
        {children}
      </div>
    </div>
  );
}

/** Details beside the list they belong to. */
export function Drawer({ title, onClose, children }: { title: string; onClose: () => void; children: ReactNode }) {
  const id = useId();
  useEscape(onClose);
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
 * @param asksReason a reason for the audit may be given at L2 too, or must be
 * @param harmless the deed mends: its button is not red
 */
export function ConfirmDanger(props: {
  title: string;
  verb: string;
  level: 'L2' | 'L3';
  expectText?: string;
  asksReason?: boolean | 'required';
  harmless?: boolean;
  children: ReactNode;
  pending: boolean;
  /** Why it cannot be confirmed now. */
  blocked?: string | undefined;
  error?: ReactNode;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const needsReason = props.asksReason === 'required';
  const missing = [
    ...(props.blocked === undefined ? [] : [props.blocked]),
    ...(props.expectText === undefined || typed === props.expectText ? [] : [t.typeFirst(props.expectText)]),
    ...(!needsReason || reason.trim() !== '' ? [] : [t.sayWhyFirst]),
  ];
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
      {props.level === 'L3' || needsReason || props.asksReason === true ? (
        <div className="field">
          <label htmlFor={reasonId}>{needsReason ? t.reasonNeeded : t.reason}</label>
          <input id={reasonId} value={reason} onChange={(event) => setReason(event.target.value)} />
        </div>
      ) : null}
      {props.error}
      {missing.length === 0 ? null : <p className="muted">{missing.join(' ')}</p>}
      <div className="row">
        <button type="button" className="button" data-autofocus onClick={props.onClose}>
          {t.cancel}
        </button>
        <button
          type="button"
          className={props.harmless === true ? 'button primary' : 'button danger'}
          disabled={missing.length > 0 || props.pending}
          onClick={() => props.onConfirm(reason)}
        >
          {props.pending ? t.working : props.verb}
        </button>
      </div>
    </Dialog>
  );
}
