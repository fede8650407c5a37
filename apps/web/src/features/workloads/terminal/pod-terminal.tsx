import { ActionButton } from '@quarterdeck/ui';
import { useEffect, useId, useRef, useState } from 'react';
import { useRefusal } from '../../../platform/me.tsx';
import { idleOf } from './idle.ts';
import { openShell, type Shell } from './pod-shell.ts';
import { t } from './terminal.messages.ts';
import { openScreen, type Screen } from './terminal-screen.ts';

type State = { kind: 'none' } | { kind: 'opening' } | { kind: 'open' } | { kind: 'over'; words: string };

const tickMs = 5000;

/** A shell in a container of a pod. One that is lost keeps its text; a new one opens below a line. */
export function PodTerminal(props: {
  clusterId: string;
  namespace: string;
  pod: string;
  containers: readonly string[];
}) {
  const { clusterId, namespace, pod, containers } = props;
  const id = useId();
  const refusal = useRefusal('workloads:exec');
  const box = useRef<HTMLDivElement>(null);
  const screen = useRef<Screen | undefined>(undefined);
  const shell = useRef<Shell | undefined>(undefined);
  const lastUse = useRef(0);
  const [container, setContainer] = useState(containers[0]);
  const [state, setState] = useState<State>({ kind: 'none' });
  const [warned, setWarned] = useState(false);
  const [pasting, setPasting] = useState<string | undefined>();
  const isOpen = state.kind === 'open' || state.kind === 'opening';

  useEffect(
    () => () => {
      shell.current?.close();
      screen.current?.dispose();
      screen.current = undefined;
    },
    [],
  );
  useEffect(() => {
    if (!isOpen) return;
    const timer = setInterval(() => {
      const idle = idleOf(lastUse.current, Date.now());
      setWarned(idle === 'warned');
      if (idle !== 'over') return;
      shell.current?.close();
      setState({ kind: 'over', words: t.idle });
    }, tickMs);
    return () => clearInterval(timer);
  }, [isOpen]);

  const used = () => {
    lastUse.current = Date.now();
    setWarned(false);
  };
  function open(): void {
    if (box.current === null) return;
    used();
    if (screen.current === undefined) {
      screen.current = openScreen(box.current, {
        typed(text) {
          used();
          shell.current?.send(text);
        },
        resized(columns, rows) {
          used();
          shell.current?.resize(columns, rows);
        },
      });
    } else screen.current.write(`\r\n── ${t.divider} ──\r\n`);
    const mine = screen.current;
    setState({ kind: 'opening' });
    shell.current = openShell(
      { clusterId, namespace, pod, container },
      {
        opened() {
          const { columns, rows } = mine.size();
          shell.current?.resize(columns, rows);
          setState({ kind: 'open' });
          mine.focus();
        },
        output: (bytes) => mine.write(bytes),
        ended: (ending) => setState({ kind: 'over', words: t.endings(ending) }),
      },
    );
  }
  /** The server counts as well: a size, though the same, tells it that somebody is there. */
  function stay(): void {
    used();
    const size = screen.current?.size();
    if (size !== undefined) shell.current?.resize(size.columns, size.rows);
  }
  function paste(text: string): void {
    used();
    shell.current?.send(text.replaceAll(/\r?\n/g, '\r'));
    setPasting(undefined);
    screen.current?.focus();
  }

  return (
    <section className="panel stack tight" aria-label={t.shell(pod)}>
      <div className="row wrap">
        {containers.length < 2 ? null : (
          <>
            <label htmlFor={id}>{t.container}</label>
            <select
              id={id}
              className="theme-select"
              value={container}
              disabled={isOpen}
              onChange={(event) => setContainer(event.target.value)}
            >
              {containers.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </>
        )}
        {isOpen ? (
          <button
            type="button"
            className="button"
            onClick={() => {
              shell.current?.close();
              setState({ kind: 'over', words: t.closed });
            }}
          >
            {t.close}
          </button>
        ) : (
          <ActionButton kind="primary" reason={refusal} onClick={open}>
            {state.kind === 'none' ? t.open : t.openNew}
          </ActionButton>
        )}
        <span className="muted" role="status">
          {state.kind === 'opening' ? t.opening : state.kind === 'open' ? `${t.connected}. ${t.leave}` : null}
          {state.kind === 'over' ? state.words : null}
        </span>
      </div>
      {state.kind === 'none' ? <p className="muted">{t.hint}</p> : null}
      {warned && isOpen ? (
        <div className="notice degraded" role="alert">
          <p className="grow">{t.idleSoon}</p>
          <button type="button" className="button small" onClick={stay}>
            {t.stay}
          </button>
        </div>
      ) : null}
      {pasting === undefined ? null : (
        <div className="notice degraded" role="alertdialog" aria-label={t.pasteAsk(linesOf(pasting))}>
          <p className="grow">{t.pasteAsk(linesOf(pasting))}</p>
          <button type="button" className="button small" onClick={() => setPasting(undefined)}>
            {t.cancel}
          </button>
          <button type="button" className="button small" onClick={() => paste(pasting)}>
            {t.paste}
          </button>
        </div>
      )}
      <div
        ref={box}
        className={`terminal ${state.kind === 'none' ? 'unused' : ''}`}
        onPasteCapture={(event) => {
          const text = event.clipboardData.getData('text');
          if (linesOf(text) < 2) return;
          // What is pasted runs line by line: it is asked about before it goes.
          event.preventDefault();
          event.stopPropagation();
          setPasting(text);
        }}
      />
    </section>
  );
}

const linesOf = (text: string) => text.trimEnd().split(/\r?\n/).length;
