import { IconAlertTriangle, IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import { t } from './ui.messages.ts';

/**
 * What it is, and the one thing to do next.
 * @param page the whole page is empty: its title is the page's heading
 */
export function EmptyState(props: { title: string; children?: ReactNode; action: ReactNode; page?: boolean }) {
  const { title, children, action } = props;
  const Heading = props.page === true ? 'h1' : 'h2';
  return (
    <div className="empty">
      <Heading>{title}</Heading>
      {children === undefined ? null : <p className="muted">{children}</p>}
      {action}
    </div>
  );
}

/** A filter leaves nothing: how to drop it. */
export function NoMatch({ title, clear, onClear }: { title: string; clear: string; onClear: () => void }) {
  return (
    <EmptyState
      title={title}
      action={
        <button type="button" className="button" onClick={onClear}>
          {clear}
        </button>
      }
    />
  );
}

export type ProblemLike = {
  title: string;
  detail: string;
  code: string;
  requestId: string;
  errors?: readonly { pointer: string; detail: string; remedy?: string | undefined }[] | undefined;
};

/** A failure where it happened: what, why, what now, and what an operator needs. */
export function ProblemAlert({ problem, onRetry }: { problem: ProblemLike; onRetry?: (() => void) | undefined }) {
  const details = `${problem.code} ${problem.requestId} ${new Date().toISOString()} ${location.href}`;
  return (
    <div className="notice failed" role="alert">
      <IconAlertTriangle size={20} aria-hidden="true" className="status failed" />
      <div className="stack grow">
        <div>
          <strong>{problem.title}</strong>
          <p>{problem.detail}</p>
          {problem.errors?.map((error) => (
            <p key={`${error.pointer} ${error.detail}`} className="muted">
              <code>{error.pointer}</code> {error.detail} {error.remedy}
            </p>
          ))}
        </div>
        <div className="row">
          {onRetry === undefined ? null : (
            <button type="button" className="button small" onClick={onRetry}>
              {t.tryAgain}
            </button>
          )}
          <CopyButton text={details} label={t.copyDetails} />
        </div>
      </div>
    </div>
  );
}

/** @param text a function where it is long and changes often */
export function CopyButton({ text, label = t.copy }: { text: string | (() => string); label?: string }) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <button
      type="button"
      className="button small"
      onClick={() => {
        void navigator.clipboard.writeText(typeof text === 'string' ? text : text()).then(() => setDone(true));
      }}
    >
      {done ? <IconCheck size={14} aria-hidden="true" /> : <IconCopy size={14} aria-hidden="true" />}
      {done ? t.copied : label}
    </button>
  );
}

/** A command or YAML to take away. */
export function CodeBlock({ code }: { code: string }) {
  return (
    <div className="stack">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <pre className="code" tabIndex={0}>
        {code}
      </pre>
      <div className="row">
        <CopyButton text={code} />
      </div>
    </div>
  );
}

/** Grey lines of the final size, after a moment. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  return (
    <div aria-busy="true" role="status">
      <span className="visually-hidden">{t.loading}</span>
      {Array.from({ length: rows }, (_, index) => (
        <div key={String(index)} className="skeleton" />
      ))}
    </div>
  );
}
