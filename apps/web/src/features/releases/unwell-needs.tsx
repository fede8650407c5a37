import type { UnwellDependency } from '@quarterdeck/contracts';
import { StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { t } from './releases.messages.ts';

/** What the application needs and does not find there: a likely cause of what fails here. */
export function UnwellNeeds({ needs }: { needs: readonly UnwellDependency[] | undefined }) {
  if (needs === undefined) return null;
  return (
    <section className="notice degraded" aria-label={t.unwellNeeds}>
      <div className="stack tight grow">
        <strong>{t.unwellNeeds}</strong>
        <ul className="plain-list">
          {needs.map((need) => (
            <li key={need.applicationId} className="row wrap">
              <StatusDot status={need.health === 'failed' ? 'failed' : 'unknown'}>
                <Link to="/applications/$project/$app" params={{ project: need.project, app: need.application }}>
                  {need.project}/{need.application}
                </Link>{' '}
                {t.unwell[need.health]({ environment: need.theirs ?? need.environment, clusters: need.clusters })}
              </StatusDot>
              {need.reason === undefined ? null : <span className="muted">{need.reason}</span>}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
