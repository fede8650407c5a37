import { listEnvironments, listProjects } from '@quarterdeck/contracts/access';
import { createApplication } from '@quarterdeck/contracts/applications';
import { EmptyState, PageHeader, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { useFleet } from '../../platform/fleet.tsx';
import { useRefusal } from '../../platform/me.tsx';
import { t } from './applications.messages.ts';
import { emptyEnvironment, NewEnvironment } from './new-environment.tsx';

/** Name, environment, clusters: then straight on to the first deployment. */
export function NewApplicationPage() {
  const navigate = useNavigate();
  const fleet = useFleet();
  const [slug, setSlug] = useState('');
  const [chosen, setChoice] = useState<string | undefined>();
  const [environment, setEnvironment] = useState(emptyEnvironment);
  const [tried, setTried] = useState(false);
  const projects = useQuery({
    queryKey: ['access', 'projects'],
    queryFn: ({ signal }) => api.call(listProjects, {}, { signal }),
  });
  const [chosenProject, setProject] = useState<string | undefined>();
  const project = projects.data?.items.find(({ id }) => id === chosenProject) ?? projects.data?.items[0];
  const environments = useQuery({
    queryKey: ['access', 'environments', project?.id],
    enabled: project !== undefined,
    queryFn: ({ signal }) => api.call(listEnvironments, { params: { id: project?.id ?? '' } }, { signal }),
  });
  // Whoever may not make an environment starts with one that is there.
  const mayMake = useRefusal('access:projects') === undefined;
  const choice = chosen ?? (mayMake ? undefined : environments.data?.items[0]?.id) ?? 'new';
  const create = useMutation({
    mutationFn: () =>
      api.call(createApplication, {
        body: {
          projectId: project?.id ?? '',
          slug,
          environments: [
            choice === 'new'
              ? {
                  name: environment.name,
                  tier: environment.tier,
                  rules: environment.clusters.map((cluster) => ({
                    selector: { cluster },
                    namespace: environment.namespace === '' ? slug : environment.namespace,
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
  const errorAt = errorsOf(problem);
  const nameError = errorAt('/slug') ?? (tried && slug === '' ? t.giveName : undefined);
  const clustersError = choice === 'new' && tried && environment.clusters.length === 0 ? t.tickOne : undefined;
  if (fleet?.length === 0) {
    return (
      <EmptyState
        page
        title={t.registerFirst}
        action={
          <Link to="/clusters/register" className="button primary">
            {t.register}
          </Link>
        }
      >
        {t.registerFirstHint}
      </EmptyState>
    );
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    setTried(true);
    if (slug === '') document.getElementById('app-slug')?.focus();
    else if (choice === 'new' && environment.clusters.length === 0)
      document.querySelector<HTMLElement>('.ticks input')?.focus();
    else create.mutate();
  }
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="applications" to="/applications">
            {t.applications}
          </Link>,
        ]}
        title={t.newOne}
      />
      <div className="columns">
        <form className="panel stack" onSubmit={submit} noValidate>
          {(projects.data?.items.length ?? 0) > 1 ? (
            <div className="field">
              <label htmlFor="app-project">{t.project}</label>
              <select id="app-project" value={project?.id} onChange={(event) => setProject(event.target.value)}>
                {projects.data?.items.map((item) => (
                  <option key={item.id} value={item.id}>
                    {item.displayName}
                  </option>
                ))}
              </select>
            </div>
          ) : null}
          <div className="field">
            <label htmlFor="app-slug">{t.name}</label>
            <input
              id="app-slug"
              value={slug}
              placeholder={t.nameExample}
              aria-invalid={nameError !== undefined}
              aria-describedby="app-slug-help"
              onChange={(event) => setSlug(event.target.value)}
            />
            <span id="app-slug-help" className={nameError === undefined ? 'help' : 'error'}>
              {nameError ?? t.nameHelp}
            </span>
          </div>
          <div className="field">
            <label htmlFor="app-environment">{t.environmentLabel}</label>
            <select id="app-environment" value={choice} onChange={(event) => setChoice(event.target.value)}>
              <option value="new">{t.aNewEnvironment}</option>
              {(environments.data?.items ?? []).map((item) => (
                <option key={item.id} value={item.id}>
                  {item.name}:{' '}
                  {item.rules.map((rule) => `${Object.values(rule.selector).join(' ')}/${rule.namespace}`).join(', ')}
                </option>
              ))}
            </select>
          </div>
          {choice === 'new' ? (
            <NewEnvironment
              draft={environment}
              onChange={setEnvironment}
              clusters={fleet}
              application={slug}
              nameError={errorAt('/environments/0/name')}
              clustersError={clustersError}
            />
          ) : null}
          {problem === undefined ? null : <ProblemAlert problem={problem} />}
          <div>
            <button type="submit" className="button primary" disabled={create.isPending}>
              {create.isPending ? t.creating : t.create}
            </button>
          </div>
        </form>
        <aside className="panel stack quiet">
          <h2>{t.next}</h2>
          <ol className="steps">
            {t.nextSteps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </aside>
      </div>
    </>
  );
}
