import type { Application } from '@quarterdeck/contracts';
import { deleteApplication } from '@quarterdeck/contracts/applications';
import { listReleases, removeFromEnvironment } from '@quarterdeck/contracts/releases';
import { ConfirmDanger, PageHeader, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { AuditLink } from '../../platform/audit-link.tsx';
import { isAway, useFleet } from '../../platform/fleet.tsx';
import { useFollowRelease } from '../../platform/follow-release.ts';
import { OneApplication } from '../../platform/one-application.tsx';
import { applicationAnswer } from './application-answer.ts';
import { ApplicationReleases } from './application-releases.tsx';
import { t } from './applications.messages.ts';
import { DependenciesPanel } from './dependencies-panel.tsx';
import { EnvironmentColumn } from './environment-column.tsx';
import { StandingDecisions } from './standing-decisions.tsx';

type Environment = Application['environments'][number];

/**
 * A column per environment with its clusters, and the releases.
 * @param extras what other features say of the application, below
 */
export function ApplicationPage({ extras }: { extras?: (application: Application) => ReactNode }) {
  return (
    <OneApplication>
      {(application) => <Environments application={application} extras={extras?.(application)} />}
    </OneApplication>
  );
}

function Environments({ application, extras }: { application: Application; extras: ReactNode }) {
  const [removing, setRemoving] = useState<Environment | undefined>();
  const [deleting, setDeleting] = useState(false);
  const releases = useQuery({
    queryKey: ['applications', 'releases', application.id],
    queryFn: ({ signal }) => api.call(listReleases, { query: { application: application.id, limit: 50 } }, { signal }),
    refetchInterval: 3000,
  });
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="applications" to="/applications">
            {t.applications}
          </Link>,
          application.project,
        ]}
        title={application.displayName}
        status={
          <>
            <Answer application={application} />
            {application.team === undefined ? null : <span className="muted">{application.team}</span>}
          </>
        }
        actions={
          <span className="row">
            <Link
              to="/applications/$project/$app/config"
              params={{ project: application.project, app: application.slug }}
              className="button"
            >
              {t.parameters}
            </Link>
            <Link
              to="/applications/$project/$app/compare"
              params={{ project: application.project, app: application.slug }}
              className="button"
            >
              {t.compare}
            </Link>
            <AuditLink target={application.id} />
          </span>
        }
      />
      <div className="wave">
        {application.environments.map((environment, index) => (
          <EnvironmentColumn
            key={environment.environmentId}
            application={application}
            environment={environment}
            next={application.environments[index + 1]}
            releases={(releases.data?.items ?? []).filter(
              (release) => release.environmentId === environment.environmentId,
            )}
          />
        ))}
      </div>
      <ApplicationReleases query={releases} />
      <DependenciesPanel application={application} />
      <StandingDecisions application={application} />
      {extras}
      <section className="panel stack" aria-label={t.danger}>
        <div>
          <h2>{t.danger}</h2>
          <p className="muted">{t.dangerHint}</p>
        </div>
        <div className="row wrap">
          {application.environments.map((environment) => (
            <button
              key={environment.environmentId}
              type="button"
              className="button"
              onClick={() => setRemoving(environment)}
            >
              {t.removeFrom(environment.name)}
            </button>
          ))}
          <button type="button" className="button danger" onClick={() => setDeleting(true)}>
            {t.deleteApp}
          </button>
        </div>
      </section>
      {removing === undefined ? null : (
        <Removing application={application} environment={removing} onClose={() => setRemoving(undefined)} />
      )}
      {deleting ? <Deleting application={application} onClose={() => setDeleting(false)} /> : null}
    </>
  );
}

/** The first thing to see: whether it runs, and if not, where and why. */
function Answer({ application }: { application: Application }) {
  const away = new Set((useFleet() ?? []).filter(isAway).map(({ id }) => id));
  const { status, text } = applicationAnswer(application, away);
  return <StatusDot status={status}>{text}</StatusDot>;
}

function Removing(props: { application: Application; environment: Environment; onClose: () => void }) {
  const { application, environment } = props;
  const follow = useFollowRelease();
  const [key] = useState(() => crypto.randomUUID());
  const remove = useMutation({
    mutationFn: (reason: string) =>
      api.call(
        removeFromEnvironment,
        {
          params: { id: application.id, environment: environment.environmentId },
          body: { confirm: application.slug, ...(reason === '' ? {} : { reason }) },
        },
        { idempotencyKey: key },
      ),
    onSuccess: (release) => follow(release, t.removeTitle(application.slug, environment.name)),
  });
  return (
    <ConfirmDanger
      title={t.removeTitle(application.slug, environment.name)}
      verb={t.removeVerb(environment.targets.length)}
      level="L3"
      expectText={application.slug}
      pending={remove.isPending}
      error={remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : undefined}
      onConfirm={(reason) => remove.mutate(reason)}
      onClose={props.onClose}
    >
      <p>{t.removeHint(environment.targets.map((target) => `${target.cluster}/${target.namespace}`).join(', '))}</p>
    </ConfirmDanger>
  );
}

function Deleting({ application, onClose }: { application: Application; onClose: () => void }) {
  const navigate = useNavigate();
  const erase = useMutation({
    mutationFn: () => api.call(deleteApplication, { params: { id: application.id } }),
    onSuccess: () => navigate({ to: '/applications' }),
  });
  return (
    <ConfirmDanger
      title={t.deleteVerb(application.slug)}
      verb={t.deleteVerb(application.slug)}
      level="L3"
      expectText={application.slug}
      pending={erase.isPending}
      error={erase.isError ? <ProblemAlert problem={problemOf(erase.error)} /> : undefined}
      onConfirm={() => erase.mutate()}
      onClose={onClose}
    >
      <p>{t.deleteHint}</p>
    </ConfirmDanger>
  );
}
