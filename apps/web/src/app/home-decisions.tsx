import type { Release } from '@quarterdeck/contracts';
import { AgeText, StatusDot } from '@quarterdeck/ui';
import { Link } from '@tanstack/react-router';
import { releasePath } from '../platform/release-status.ts';
import { t } from './home.messages.ts';

/** What stands still until the reader has looked at it, and decided; nothing where nothing does. */
export function HomeDecisions({ releases }: { releases: readonly Release[] }) {
  const rows = releases.flatMap((release) => (release.awaits ?? []).map((awaits) => ({ release, awaits })));
  if (rows.length === 0) return null;
  return (
    <section className="panel stack" aria-label={t.decisions}>
      <h2>
        {t.decisions}
        <span className="count">{rows.length}</span>
      </h2>
      <ul className="plain-list needs">
        {rows.map(({ release, awaits }) => (
          <li key={`${release.id} ${awaits.for}`}>
            <span className="row wrap">
              <StatusDot status="waiting">
                <Link to={releasePath(release)} className="strong">
                  {release.application} {release.environment} #{release.number}
                </Link>
              </StatusDot>
              <span className="muted">{release.project}</span>
            </span>
            <span className="cause">
              {t.awaits(awaits, release.state)} {t.by(release.createdBy)}
            </span>
            <span className="muted since">
              <AgeText at={awaits.since} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
