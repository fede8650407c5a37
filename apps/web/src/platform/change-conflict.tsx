import { CodeDiff, TimeText } from '@quarterdeck/ui';
import { AuditLink } from './audit-link.tsx';
import { t } from './platform.messages.ts';

/**
 * Somebody saved the same thing while it was being edited here: what it is now beside what was typed. Nothing typed is
 * lost either way; saving over it is the form's own button.
 */
export function ChangeConflict(props: {
  name: string;
  /** Id whose audit records say who did what. */
  target: string;
  changedBy?: string | undefined;
  changedAt?: string | undefined;
  /** As it is now, and as it was typed: a fact on each line. */
  now: string;
  typed: string;
  onTakeTheirs: () => void;
}) {
  const { name, target, changedBy, changedAt, now, typed } = props;
  return (
    <div className="notice degraded" role="alert">
      <div className="stack grow">
        <div>
          <strong>{t.changedMeanwhile(name, changedBy)}</strong>
          {changedAt === undefined ? null : (
            <span className="muted">
              {' '}
              <TimeText at={changedAt} />
            </span>
          )}
          <p>{now === typed ? t.sameAsTyped : t.changedMeanwhileHelp}</p>
        </div>
        {now === typed ? null : <CodeDiff label={t.theirsAndYours} before={now} after={typed} />}
        <div className="row wrap">
          <button type="button" className="button small" onClick={props.onTakeTheirs}>
            {t.takeTheirs}
          </button>
          <AuditLink target={target} />
        </div>
      </div>
    </div>
  );
}
