import type { EnvironmentDelivery } from '@quarterdeck/contracts';
import { listEnvironments, listProjects } from '@quarterdeck/contracts/access';
import { getEnvironmentDelivery, listFreezeWindows } from '@quarterdeck/contracts/applications';
import { EmptyState, PageHeader, ProblemAlert, Skeleton, Tabs } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './delivery.messages.ts';
import { DeliveryEditor } from './delivery-editor.tsx';
import { freezesKey } from './freeze-draft.ts';
import { FreezeWindows } from './freeze-windows.tsx';

/** How releases go over the targets of a project's environments, and when nothing starts. */
export function DeliveryPage() {
  const { project: slug } = useParams({ strict: false }) as { project: string };
  const search = useSearch({ strict: false }) as { environment?: string };
  const navigate = useNavigate();
  const found = useQuery({
    queryKey: ['applications', 'delivery', slug],
    queryFn: async ({ signal }) => {
      const projects = await api.call(listProjects, { query: {} }, { signal });
      const project = projects.items.find((candidate) => candidate.slug === slug);
      if (project === undefined) return null;
      const environments = await api.call(listEnvironments, { params: { id: project.id } }, { signal });
      return { project, environments: environments.items };
    },
  });
  const environments = found.data?.environments ?? [];
  const environment = environments.find(({ name }) => name === search.environment) ?? environments[0];
  const delivery = useQuery({
    queryKey: ['applications', 'delivery-of', environment?.id],
    enabled: environment !== undefined,
    queryFn: ({ signal }) =>
      api.call(
        getEnvironmentDelivery,
        { params: { id: environment?.id ?? '' } },
        { signal },
      ) as Promise<EnvironmentDelivery>,
  });
  const freezes = useQuery({
    queryKey: freezesKey,
    queryFn: ({ signal }) => api.call(listFreezeWindows, {}, { signal }),
  });
  if (found.isPending) return <Skeleton />;
  if (found.isError) return <ProblemAlert problem={problemOf(found.error)} onRetry={() => void found.refetch()} />;
  if (found.data === null || environment === undefined)
    return (
      <EmptyState
        page
        title={found.data === null ? t.noProject : t.noEnvironment}
        action={
          <Link to="/access/projects" className="button">
            {t.projects}
          </Link>
        }
      />
    );
  const { project } = found.data;
  return (
    <>
      <PageHeader
        crumbs={[
          <Link key="project" to="/access/projects/$project" params={{ project: project.slug }}>
            {project.displayName}
          </Link>,
        ]}
        title={t.title}
      >
        {t.titleHelp}
      </PageHeader>
      <Tabs
        label={t.environments}
        current={environment.name}
        tabs={environments.map(({ name }) => ({ key: name, title: name }))}
        onChange={(name) => void navigate({ to: '.', search: { environment: name } as never })}
      />
      {delivery.isPending ? <Skeleton rows={6} /> : null}
      {delivery.isError ? (
        <ProblemAlert problem={problemOf(delivery.error)} onRetry={() => void delivery.refetch()} />
      ) : null}
      {delivery.data === undefined ? null : (
        <DeliveryEditor key={environment.id} environment={environment} delivery={delivery.data} />
      )}
      <FreezeWindows
        project={project}
        environment={environment}
        windows={(freezes.data?.items ?? []).filter(
          (window) =>
            (window.projectId === undefined || window.projectId === project.id) &&
            (window.environmentId === undefined || window.environmentId === environment.id) &&
            (window.tiers.length === 0 || window.tiers.includes(environment.tier)),
        )}
        query={freezes}
      />
    </>
  );
}
