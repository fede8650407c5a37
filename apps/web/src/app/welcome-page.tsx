import { EmptyState, PageHeader, ProblemAlert, Skeleton, StatusDot, Tabs } from '@quarterdeck/ui';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { problemOf } from '../platform/api.ts';
import { prefer, useWelcome } from './use-welcome.ts';
import { t } from './welcome.messages.ts';
import { StepLink, StepMark } from './welcome-panel.tsx';

/** Real tasks for who is new, one list by what one does here. */
export function WelcomePage() {
  const navigate = useNavigate();
  const { track: wanted = '' } = useParams({ strict: false }) as { track?: string };
  const { tracks, track, steps, done, query, isKnown, isFinished, closed, setClosed } = useWelcome(wanted);
  if (track === undefined) {
    return (
      <EmptyState
        page
        title={t.none}
        action={
          <Link to="/" className="button">
            {t.home}
          </Link>
        }
      >
        {t.noneHint}
      </EmptyState>
    );
  }
  return (
    <>
      <PageHeader
        title={t.title}
        actions={
          isFinished ? null : (
            <button type="button" className="button" onClick={() => setClosed(!closed)}>
              {closed ? t.resume : t.skip}
            </button>
          )
        }
      >
        {t.help}
      </PageHeader>
      <Tabs
        label={t.parts}
        tabs={tracks.map((key) => ({ key, title: t.tracks[key] }))}
        current={track}
        onChange={(key) => {
          prefer({ track: tracks.find((one) => one === key) ?? track });
          void navigate({ to: '/welcome/$track', params: { track: key } as never });
        }}
      />
      {query.isError ? <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} /> : null}
      {!isKnown && !query.isError ? <Skeleton rows={4} /> : null}
      {isKnown ? (
        <section className="panel welcome-steps" aria-label={t.tracks[track]}>
          <div className="row">
            <h2>{t.tracks[track]}</h2>
            {isFinished ? (
              <StatusDot status="healthy">{t.allDone}</StatusDot>
            ) : (
              <span className="muted">{t.done(done, steps.length)}</span>
            )}
            {closed && !isFinished ? <span className="muted">{t.skipped}</span> : null}
          </div>
          <ol className="plain-list">
            {steps.map((step) => (
              <li key={step.key}>
                <StepMark done={step.done} />
                <div>
                  <StepLink step={step} />
                  <p className="muted">{t.steps[step.key][1]}</p>
                </div>
              </li>
            ))}
          </ol>
        </section>
      ) : null}
    </>
  );
}
