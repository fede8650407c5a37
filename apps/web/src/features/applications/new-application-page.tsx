import type { Cluster } from '@quarterdeck/contracts';
import { listEnvironments, listProjects } from '@quarterdeck/contracts/access';
import { createApplication } from '@quarterdeck/contracts/applications';
import { EmptyState, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useLiveSet } from '../../platform/live.ts';

const tiers = ['production', 'staging', 'test', 'development'] as const;

/** Name, environment, clusters: then straight on to the first deployment. */
export function NewApplicationPage() {
  const navigate = useNavigate();
  const clusters = useLiveSet<Cluster>('clusters.index', {});
  const [slug, setSlug] = useState('');
  const [choice, setChoice] = useState('new');
  const [environment, setEnvironment] = useState('production');
  const [tier, setTier] = useState<(typeof tiers)[number]>('production');
  const [namespace, setNamespace] = useState('');
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const projects = useQuery({
    queryKey: ['access', 'projects'],
    queryFn: ({ signal }) => api.call(listProjects, {}, { signal }),
  });
  const project = projects.data?.items[0];
  const environments = useQuery({
    queryKey: ['access', 'environments', project?.id],
    enabled: project !== undefined,
    queryFn: ({ signal }) => api.call(listEnvironments, { params: { id: project?.id ?? '' } }, { signal }),
  });
  const create = useMutation({
    mutationFn: () =>
      api.call(createApplication, {
        body: {
          projectId: project?.id ?? '',
          slug,
          environments: [
            choice === 'new'
              ? {
                  name: environment,
                  tier,
                  rules: ticked.map((cluster) => ({
                    selector: { cluster },
                    namespace: namespace === '' ? slug : namespace,
                  })),
                }
              : { environmentId: choice },
          ],
        },
      }),
    onSuccess: (application) =>
      navigate({
        to: '/applications/$project/$app/deploy',
        params: { project: application.project, app: application.slug },
      }),
  });
  const problem = create.isError ? problemOf(create.error) : undefined;
  const errorAt = (start: string) => problem?.errors?.find((error) => error.pointer.startsWith(start))?.detail;
  if (clusters?.length === 0) {
    return (
      <EmptyState
        page
        title="Register a cluster first"
        action={
          <Link to="/clusters/register" className="button primary">
            Register a cluster
          </Link>
        }
      >
        An application needs somewhere to go.
      </EmptyState>
    );
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    create.mutate();
  }
  return (
    <>
      <div>
        <p className="crumbs muted">
          <Link to="/applications">Applications</Link> / New
        </p>
        <h1>New application</h1>
      </div>
      <form className="panel stack" onSubmit={submit}>
        <div className="field">
          <label htmlFor="app-slug">Name</label>
          <input
            id="app-slug"
            value={slug}
            placeholder="cart"
            aria-invalid={errorAt('/slug') !== undefined}
            onChange={(event) => setSlug(event.target.value)}
          />
          {errorAt('/slug') === undefined ? (
            <span className="help">Lower-case letters, digits and dashes. Objects in the clusters carry it.</span>
          ) : (
            <span className="error">{errorAt('/slug')}</span>
          )}
        </div>
        <div className="field">
          <label htmlFor="app-environment">Environment</label>
          <select id="app-environment" value={choice} onChange={(event) => setChoice(event.target.value)}>
            <option value="new">A new environment</option>
            {(environments.data?.items ?? []).map((item) => (
              <option key={item.id} value={item.id}>
                {item.name}:{' '}
                {item.rules.map((rule) => `${Object.values(rule.selector).join(' ')}/${rule.namespace}`).join(', ')}
              </option>
            ))}
          </select>
        </div>
        {choice === 'new' ? (
          <>
            <div className="row">
              <div className="field grow">
                <label htmlFor="environment-name">Environment name</label>
                <input
                  id="environment-name"
                  value={environment}
                  aria-invalid={errorAt('/environments/0/name') !== undefined}
                  onChange={(event) => setEnvironment(event.target.value)}
                />
                {errorAt('/environments/0/name') === undefined ? null : (
                  <span className="error">{errorAt('/environments/0/name')}</span>
                )}
              </div>
              <div className="field grow">
                <label htmlFor="environment-tier">Tier</label>
                <select
                  id="environment-tier"
                  value={tier}
                  onChange={(event) => setTier(event.target.value as (typeof tiers)[number])}
                >
                  {tiers.map((name) => (
                    <option key={name}>{name}</option>
                  ))}
                </select>
              </div>
            </div>
            <div className="field">
              <label htmlFor="environment-namespace">Namespace</label>
              <input
                id="environment-namespace"
                value={namespace}
                placeholder={slug === '' ? 'the application’s name' : slug}
                onChange={(event) => setNamespace(event.target.value)}
              />
              <span className="help">Made in each cluster when it is not there yet.</span>
            </div>
            <fieldset className="stack">
              <legend>Clusters</legend>
              {clusters === undefined ? <Skeleton rows={2} /> : null}
              {(clusters ?? []).map((cluster) => (
                <label key={cluster.id} className="row">
                  <input
                    type="checkbox"
                    checked={ticked.includes(cluster.slug)}
                    onChange={(event) =>
                      setTicked(
                        event.target.checked
                          ? [...ticked, cluster.slug]
                          : ticked.filter((other) => other !== cluster.slug),
                      )
                    }
                  />
                  {cluster.slug}{' '}
                  <span className="muted">
                    {[cluster.labels.tier, cluster.labels.region, cluster.state]
                      .filter((word) => word !== undefined)
                      .join(' · ')}
                  </span>
                </label>
              ))}
            </fieldset>
          </>
        ) : null}
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <div>
          <button
            type="submit"
            className="button primary"
            disabled={create.isPending || slug === '' || (choice === 'new' && ticked.length === 0)}
          >
            {create.isPending ? 'Creating …' : 'Create and set up the first deployment'}
          </button>
        </div>
      </form>
    </>
  );
}
