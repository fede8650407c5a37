import type { Application, Release } from '@quarterdeck/contracts';
import { listApplications } from '@quarterdeck/contracts/applications';
import { getRelease, listReleases } from '@quarterdeck/contracts/releases';
import { listTemplates } from '@quarterdeck/contracts/templates';
import { EmptyState, type FormValue, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { api, problemOf } from '../../platform/api.ts';
import { useRefusal } from '../../platform/me.tsx';
import { layerOfRelease } from '../../platform/own-layer.ts';
import { effectiveQuery, layersQuery, pinsQuery } from '../../platform/parameters.ts';
import type { Start } from './deploy-draft.ts';
import { DeployForm } from './deploy-form.tsx';
import { t } from './releases.messages.ts';

/** Loads the application, its environment and the newest release, then shows the form. */
export function DeployPage() {
  const { project, app } = useParams({ strict: false });
  const search = useSearch({ strict: false }) as { environment?: string; from?: string; promote?: string };
  const queries = useQueryClient();
  const mayRead = useRefusal('parameters:read') === undefined;
  const query = useQuery({
    queryKey: ['releases', 'deploy-page', project, app, search.environment, search.from, search.promote],
    queryFn: async ({ signal }) => {
      const [applications, templates] = await Promise.all([
        api.call(listApplications, { query: { project: project as never, slug: app as never } }, { signal }),
        api.call(listTemplates, {}, { signal }),
      ]);
      const application = applications.items[0];
      if (application === undefined) return null;
      const environment =
        application.environments.find((candidate) => candidate.name === search.environment) ??
        application.environments[0];
      const [{ items }, kept, promoted] = await Promise.all([
        api.call(
          listReleases,
          {
            query: {
              application: application.id,
              ...(environment === undefined ? {} : { environment: environment.environmentId }),
              limit: 50,
            },
          },
          { signal },
        ),
        mayRead && environment !== undefined
          ? keptOf(queries, application.id, environment.environmentId)
          : Promise.resolve(undefined),
        search.promote === undefined
          ? Promise.resolve(undefined)
          : api.call(getRelease, { params: { id: search.promote as never } }, { signal }),
      ]);
      const again = items.find((release) => release.id === search.from);
      const start =
        kept === undefined || again === undefined ? kept : await startOf(queries, again, environment, kept.parameters);
      return {
        application,
        environment,
        templates: templates.items.flatMap((template) => {
          const { latestVersionId, latestVersion, projectId } = template;
          const isOffered = projectId === undefined || projectId === application.projectId;
          return isOffered && latestVersionId !== undefined && latestVersion !== undefined
            ? [{ ...template, latestVersionId, latestVersion }]
            : [];
        }),
        kept: kept?.parameters,
        start,
        promoted: promoted?.applicationId === application.id ? promoted : undefined,
        last: again ?? items.find((release) => release.kind !== 'remove'),
      };
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (query.isPending) return <Skeleton rows={12} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data === null || query.data.environment === undefined)
    return (
      <EmptyState
        page
        title={query.data === null ? t.missingApp(app ?? '') : t.noEnvironment}
        action={
          <Link to="/applications" className="button">
            {t.allApps}
          </Link>
        }
      >
        {query.data === null ? t.missingAppHint : undefined}
      </EmptyState>
    );
  const { environment, ...rest } = query.data;
  return (
    <DeployForm
      key={`${environment.environmentId} ${search.from ?? ''} ${search.promote ?? ''}`}
      {...rest}
      environment={environment}
    />
  );
}

/** The version an environment follows and its own layer, as they are now. */
async function keptOf(queries: QueryClient, applicationId: string, environmentId: string): Promise<Start> {
  const fresh = { staleTime: 0 };
  const [pins, layers] = await Promise.all([
    queries.fetchQuery({ ...pinsQuery(applicationId), ...fresh }),
    queries.fetchQuery({ ...layersQuery(applicationId), ...fresh }),
  ]);
  const pin =
    pins.items.find((item) => item.environmentId === environmentId) ??
    pins.items.find((item) => item.environmentId === undefined);
  const own = layers.items.find((item) => item.layer === 'environment' && item.environmentId === environmentId);
  return { templateVersionId: pin?.templateVersionId, parameters: own?.value ?? {} };
}

/** A release's version, and the layer with which its parameters count again: of all of them only what differs. */
async function startOf(
  queries: QueryClient,
  release: Release,
  environment: Application['environments'][number] | undefined,
  kept: FormValue,
): Promise<Start> {
  const wider = await queries.fetchQuery({
    ...effectiveQuery(release.applicationId, {
      environment: environment?.environmentId ?? '',
      templateVersion: release.templateVersionId,
      without: 'environment',
    }),
    staleTime: 0,
  });
  return {
    templateVersionId: release.templateVersionId,
    parameters: layerOfRelease(release.parameters ?? {}, wider, kept),
  };
}
