import type { Release } from '@quarterdeck/contracts';
import { listReleases } from '@quarterdeck/contracts/releases';
import { AgeText, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, problemOf } from '../platform/api.ts';
import { imageTail, imageTitle } from '../platform/image-name.tsx';
import { hasEnded, releasePath, releaseStatus } from '../platform/release-status.ts';
import type { Scope } from '../platform/scope.ts';
import { t } from './home.messages.ts';

const shown = 8;

/** What goes out now, then what went out last. */
export function HomeReleases({ scope }: { scope: Scope }) {
  const releases = useQuery({
    queryKey: ['releases', 'recent'],
    queryFn: ({ signal }) => api.call(listReleases, { query: { limit: 50 } }, { signal }),
    refetchInterval: 3000,
  });
  const mine = (releases.data?.items ?? []).filter(
    ({ project, environment }) =>
      (scope.project.length === 0 || scope.project.includes(project)) &&
      (scope.env.length === 0 || scope.env.includes(environment)),
  );
  const running = mine.filter((release) => !hasEnded(release));
  const ended = mine.filter((release) => hasEnded(release)).slice(0, Math.max(3, shown - running.length));
  return (
    <section className="panel stack" aria-label={t.releases}>
      <div className="spread">
        <h2>{running.length > 0 ? t.running : t.recent}</h2>
        <Link to="/releases">{t.allReleases}</Link>
      </div>
      {releases.isPending ? <Skeleton rows={4} /> : null}
      {releases.isError ? (
        <ProblemAlert problem={problemOf(releases.error)} onRetry={() => void releases.refetch()} />
      ) : null}
      {releases.isSuccess && mine.length === 0 ? (
        <>
          <p className="muted">{t.noReleases}</p>
          <div>
            <Link to="/applications/new" className="button">
              {t.newApplication}
            </Link>
          </div>
        </>
      ) : null}
      <Rows releases={running} />
      {running.length > 0 && ended.length > 0 ? <h3 className="muted">{t.recent}</h3> : null}
      <Rows releases={ended} />
    </section>
  );
}

function Rows({ releases }: { releases: readonly Release[] }) {
  return (
    <ul className="plain-list release-rows">
      {releases.map((release) => (
        <li key={release.id}>
          <span className="row">
            <Link to={releasePath(release)} className="strong">
              {release.application} {release.environment} #{release.number}
            </Link>
            <span className="grow" />
            <StatusDot status={releaseStatus(release).status}>
              {releaseStatus(release).word} {release.healthyCount}/{release.targetCount}
            </StatusDot>
          </span>
          <span className="row muted">
            <span className="clip">
              {release.kind === 'remove'
                ? t.removed
                : release.rollbackOf === undefined
                  ? Object.values(release.images).slice(0, 1).map(imageTitle).map(imageTail)
                  : t.rollbackTo(release.rollbackOf.number)}
            </span>
            <span className="grow" />
            <span className="clip">{t.by(release.createdBy)}</span>
            <AgeText at={release.createdAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}
