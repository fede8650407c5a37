import type { Application } from '@quarterdeck/contracts';
import { deleteApplication, listApplications } from '@quarterdeck/contracts/applications';
import { listReleases, removeFromEnvironment } from '@quarterdeck/contracts/releases';
import { AgeText, ConfirmDanger, EmptyState, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { targetStatus } from './target-status.ts';

type Environment = Application['environments'][number];

/** A column per environment with its clusters, and the releases. */
export function ApplicationPage() {
  const { project, app } = useParams({ strict: false });
  const navigate = useNavigate();
  const [removing, setRemoving] = useState<Environment | undefined>();
  const [deleting, setDeleting] = useState(false);
  const query = useQuery({
    queryKey: ['applications', 'one', project, app],
    queryFn: async ({ signal }) =>
      (await api.call(listApplications, { query: { project, slug: app as never } }, { signal })).items[0] ?? null,
    refetchInterval: 3000,
  });
  const application = query.data;
  const releases = useQuery({
    queryKey: ['applications', 'releases', application?.id],
    enabled: application !== undefined && application !== null,
    queryFn: ({ signal }) => api.call(listReleases, { query: { application: application?.id, limit: 20 } }, { signal }),
    refetchInterval: 3000,
  });
  const remove = useMutation({
    mutationFn: ({ environment, reason }: { environment: Environment; reason: string }) =>
      api.call(
        removeFromEnvironment,
        {
          params: { id: application?.id ?? '', environment: environment.environmentId },
          body: { confirm: application?.slug ?? '', ...(reason === '' ? {} : { reason }) },
        },
        { idempotencyKey: crypto.randomUUID() },
      ),
    onSuccess: (release) => navigate({ to: pathOf(release) }),
  });
  const erase = useMutation({
    mutationFn: () => api.call(deleteApplication, { params: { id: application?.id ?? '' } }),
    onSuccess: () => navigate({ to: '/applications' }),
  });
  if (query.isPending) return <Skeleton />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (application === null || application === undefined) {
    return (
      <EmptyState
        page
        title={`There is no application ${app}`}
        action={
          <Link to="/applications" className="button">
            All applications
          </Link>
        }
      />
    );
  }
  return (
    <>
      <div className="page-header">
        <div>
          <p className="crumbs">
            <Link to="/applications">Applications</Link> / {application.project}
          </p>
          <h1>{application.displayName}</h1>
        </div>
        <button type="button" className="button danger" onClick={() => setDeleting(true)}>
          Delete application
        </button>
      </div>
      <div className="wave">
        {application.environments.map((environment) => (
          <section
            key={environment.environmentId}
            className="panel stack"
            aria-label={`Environment ${environment.name}`}
          >
            <div className="spread">
              <h2>{environment.name}</h2>
              <span className={`badge ${environment.tier}`}>
                {environment.tier === 'production' ? 'PROD' : environment.tier}
              </span>
            </div>
            <ul className="attention">
              {environment.targets.map((target) => (
                <li key={target.id}>
                  <StatusDot status={targetStatus(target.health).status}>{targetStatus(target.health).word}</StatusDot>
                  <div className="grow">
                    <strong>{target.cluster}</strong> <span className="muted">{target.namespace}</span>
                    <div className="muted">
                      {target.image === undefined ? '' : <code>{target.image}</code>} {target.healthReason}
                    </div>
                  </div>
                  {target.currentReleaseNumber === undefined ? null : (
                    <Link
                      to="/applications/$project/$app/$env/releases/$number"
                      params={{
                        project: application.project,
                        app: application.slug,
                        env: environment.name,
                        number: String(target.currentReleaseNumber),
                      }}
                    >
                      #{target.currentReleaseNumber}
                    </Link>
                  )}
                </li>
              ))}
            </ul>
            <div className="row">
              <Link
                to="/applications/$project/$app/deploy"
                params={{ project: application.project, app: application.slug }}
                search={{ env: environment.name } as never}
                className="button primary"
              >
                Deploy
              </Link>
              <button type="button" className="button" onClick={() => setRemoving(environment)}>
                Remove from {environment.name}
              </button>
            </div>
          </section>
        ))}
      </div>
      <section className="panel">
        <header>
          <h2>Releases</h2>
        </header>
        {releases.data?.items.length === 0 ? <p className="muted">Nothing was deployed yet.</p> : null}
        <ul className="attention">
          {(releases.data?.items ?? []).map((release) => (
            <li key={release.id}>
              <Link to={pathOf(release)}>
                {release.environment} #{release.number}
              </Link>
              <span>{release.state}</span>
              <span className="muted grow">
                {release.kind === 'deploy' ? (
                  <code>{Object.values(release.images)[0]?.reference}</code>
                ) : release.rollbackOf === undefined ? (
                  release.kind
                ) : (
                  `rollback to #${release.rollbackOf.number}`
                )}
              </span>
              <span className="muted">{release.createdBy}</span>
              <AgeText at={release.createdAt} />
            </li>
          ))}
        </ul>
      </section>
      {removing === undefined ? null : (
        <ConfirmDanger
          title={`Remove ${application.slug} from ${removing.name}`}
          verb={`Remove from ${removing.targets.length} clusters`}
          level="L3"
          expectText={application.slug}
          pending={remove.isPending}
          error={remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : undefined}
          onConfirm={(reason) => remove.mutate({ environment: removing, reason })}
          onClose={() => setRemoving(undefined)}
        >
          <p>
            Deletes what releases of this application put into{' '}
            {removing.targets.map((target) => `${target.cluster}/${target.namespace}`).join(', ')}, by its own books and
            nothing else. This cannot be undone.
          </p>
        </ConfirmDanger>
      )}
      {deleting ? (
        <ConfirmDanger
          title={`Delete ${application.slug}`}
          verb={`Delete ${application.slug}`}
          level="L3"
          expectText={application.slug}
          pending={erase.isPending}
          error={erase.isError ? <ProblemAlert problem={problemOf(erase.error)} /> : undefined}
          onConfirm={() => erase.mutate()}
          onClose={() => setDeleting(false)}
        >
          <p>The application, its targets and its releases go. It must be removed from every environment first.</p>
        </ConfirmDanger>
      ) : null}
    </>
  );
}

function pathOf(release: { project: string; application: string; environment: string; number: number }): string {
  return `/applications/${release.project}/${release.application}/${release.environment}/releases/${release.number}`;
}
