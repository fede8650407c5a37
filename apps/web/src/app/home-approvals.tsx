import type { Release } from '@quarterdeck/contracts';
import { AgeText, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { releasePath } from '../platform/release-status.ts';
import { t } from './home.messages.ts';

/** What stands still until the reader has looked at it; nothing where nothing does. */
export function HomeApprovals({ releases }: { releases: readonly Release[] }) {
  if (releases.length === 0) return null;
  return (
    <section className="panel stack" aria-label={t.approvals}>
      <h2>
        {t.approvals}
        <span className="count">{releases.length}</span>
      </h2>
      <ul className="plain-list needs">
        {releases.map((release) => (
          <li key={release.id}>
            <span className="row wrap">
              <StatusDot status="waiting">
                <Link to={releasePath(release)} className="strong">
                  {release.application} {release.environment} #{release.number}
                </Link>
              </StatusDot>
              <span className="muted">{release.project}</span>
            </span>
            <span className="cause">
              {release.state === 'awaiting_approval' ? t.startsAfter : t.nextWave} {t.by(release.createdBy)}
            </span>
            <span className="muted since">
              <AgeText at={release.createdAt} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
