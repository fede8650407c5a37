import { Dialog, EmptyState, ProblemAlert } from '@quarterdeck/ui';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';
import { problemOf } from '../platform/api.ts';
import { keyMap, t } from './shell.messages.ts';

/** A page that threw: the frame stays, the way on too. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <>
      <h1>{t.pageFailed}</h1>
      <ProblemAlert problem={problemOf(error)} onRetry={reset} />
    </>
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
