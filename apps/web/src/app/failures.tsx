import { Dialog, EmptyState, ProblemAlert } from '@quarterdeck/ui';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { problemOf } from '../platform/api.ts';
import { keyMap, t } from './shell.messages.ts';

const quietMs = 1500;

/** A page that threw: the frame stays, the way on too. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <>
      <h1>{t.pageFailed}</h1>
      <ProblemAlert problem={problemOf(error)} onRetry={reset} />
    </>
  );
}

/** Before it is known who one is: after a moment, what is waited for and why. It goes on by itself. */
export function Waiting({ reason }: { reason: Error | null }) {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(true), quietMs);
    return () => clearTimeout(timer);
  }, []);
  if (!isLong && reason === null) return null;
  const problem = reason === null ? undefined : problemOf(reason);
  return (
    <main className="centre">
      <div className="panel" role="status">
        <h1>{t.product}</h1>
        <p className="notice degraded">
          {problem === undefined ? t.waiting : problem.requestId === '' ? t.serverAway : problem.detail}
        </p>
        <p className="muted">{t.goesOn}</p>
      </div>
    </main>
  );
}

export function PageNotFound() {
  return (
    <EmptyState
      page
      title={t.notFound}
      action={
        <Link to="/" className="button primary">
          {t.home}
        </Link>
      }
    >
      {t.notFoundHint}
    </EmptyState>
  );
}

export function KeyMap({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={t.keys} onClose={onClose}>
      <dl className="facts">
        {keyMap.map(([keys, meaning]) => (
          <div key={keys} className="fact">
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <div>
        <button type="button" className="button" onClick={onClose}>
          {t.close}
        </button>
      </div>
    </Dialog>
  );
}
