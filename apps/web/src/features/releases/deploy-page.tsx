import type { Application, Release } from '@quarterdeck/contracts';
import { listApplications } from '@quarterdeck/contracts/applications';
import { createRelease, listReleases, previewRelease } from '@quarterdeck/contracts/releases';
import { getTemplateVersion, listTemplates } from '@quarterdeck/contracts/templates';
import { EmptyState, type FormSchema, type FormValue, ProblemAlert, SchemaForm, Skeleton } from '@quarterdeck/ui';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { PreviewPanel } from './preview-panel.tsx';
import { releasePath } from './release-status.ts';

const settleMs = 500;

/** Loads the application, its environment and the newest release, then shows the form. */
export function DeployPage() {
  const { project, app } = useParams({ strict: false });
  const search = useSearch({ strict: false }) as { env?: string; from?: string };
  const query = useQuery({
    queryKey: ['releases', 'deploy-page', project, app, search.env],
    queryFn: async ({ signal }) => {
      const [applications, templates] = await Promise.all([
        api.call(listApplications, { query: { project, slug: app as never } }, { signal }),
        api.call(listTemplates, {}, { signal }),
      ]);
      const application = applications.items[0];
      if (application === undefined) return null;
      const environment =
        application.environments.find((candidate) => candidate.name === search.env) ?? application.environments[0];
      const { items } = await api.call(
        listReleases,
        {
          query: {
            application: application.id,
            ...(environment === undefined ? {} : { environment: environment.environmentId }),
            limit: 50,
          },
        },
        { signal },
      );
      return {
        application,
        templates: templates.items,
        last: items.find((release) => release.id === search.from) ?? items.find((release) => release.kind !== 'remove'),
      };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (query.isPending) return <Skeleton rows={12} />;
  if (query.isError) return <ProblemAlert problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  if (query.data === null)
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
  return <DeployForm key={search.env ?? ''} {...query.data} environmentName={search.env} />;
}

function DeployForm(props: {
  application: Application;
  templates: readonly {
    name: string;
    title: string;
    description: string;
    latestVersionId: string;
    latestVersion: string;
  }[];
  last: Release | undefined;
  environmentName: string | undefined;
}) {
  const { application, templates, last } = props;
  const navigate = useNavigate();
  const environment =
    application.environments.find((candidate) => candidate.name === props.environmentName) ??
    application.environments[0];
  const [templateId, setTemplateId] = useState(last?.templateVersionId ?? templates[0]?.latestVersionId ?? '');
  const [images, setImages] = useState<Record<string, string>>(
    Object.fromEntries(Object.entries(last?.images ?? {}).map(([slot, image]) => [slot, image.reference])),
  );
  const [parameters, setParameters] = useState<FormValue>(last?.parameters ?? {});
  const [settled, setSettled] = useState({ images, parameters });
  const [key] = useState(() => crypto.randomUUID());
  useEffect(() => {
    const timer = setTimeout(() => setSettled({ images, parameters }), settleMs);
    return () => clearTimeout(timer);
  }, [images, parameters]);
  const template = useQuery({
    queryKey: ['templates', templateId],
    enabled: templateId !== '',
    queryFn: ({ signal }) => api.call(getTemplateVersion, { params: { id: templateId } }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const slots = Object.entries(template.data?.images ?? {});
  const hasImages =
    slots.length > 0 && slots.every(([slot, image]) => !image.required || (settled.images[slot] ?? '') !== '');
  const input = {
    applicationId: application.id,
    environmentId: environment?.environmentId ?? '',
    templateVersionId: templateId,
    ...settled,
  };
  const preview = useQuery({
    queryKey: ['releases', 'preview', input],
    enabled: hasImages && template.isSuccess,
    queryFn: ({ signal }) => api.call(previewRelease, { body: input }, { signal }),
    retry: false,
    placeholderData: keepPreviousData,
  });
  const deploy = useMutation({
    mutationFn: () =>
      api.call(
        createRelease,
        { body: { ...input, ...(preview.data === undefined ? {} : { contentSha256: preview.data.contentSha256 }) } },
        { idempotencyKey: key },
      ),
    onSuccess: (release) => navigate({ to: releasePath(release) }),
  });
  if (environment === undefined)
    return (
      <EmptyState
        page
        title="This application goes to no environment"
        action={
          <Link to="/applications" className="button">
            All applications
          </Link>
        }
      />
    );
  const problem = preview.isError ? problemOf(preview.error) : undefined;
  const errorAt = (pointer: string) => problem?.errors?.find((error) => error.pointer === pointer)?.detail;
  // What is deployed is what was seen: not while typing rests, nor while an older preview is still on screen.
  const isSettled = settled.images === images && settled.parameters === parameters;
  const current = isSettled && preview.data !== undefined && !preview.isPlaceholderData && !preview.isError;
  return (
    <>
      <div className="page-header">
        <div>
          <p className="crumbs">
            <Link to="/applications">Applications</Link> /{' '}
            <Link to="/applications/$project/$app" params={{ project: application.project, app: application.slug }}>
              {application.slug}
            </Link>{' '}
            / Deploy
          </p>
          <div className="row">
            <h1>
              Deploy {application.slug} to {environment.name}
            </h1>
            <span className={`badge ${environment.tier}`}>
              {environment.tier === 'production' ? 'PROD' : environment.tier}
            </span>
          </div>
        </div>
        <button
          type="button"
          className="button primary"
          disabled={!current || preview.data?.deployable !== true || deploy.isPending}
          onClick={() => deploy.mutate()}
        >
          {deploy.isPending
            ? 'Deploying …'
            : `Deploy to ${environment.targets.length} ${environment.targets.length === 1 ? 'cluster' : 'clusters'}`}
        </button>
      </div>
      {deploy.isError ? <ProblemAlert problem={problemOf(deploy.error)} /> : null}
      <div className="columns">
        <section className="panel stack">
          <div className="field">
            <label htmlFor="template">Template</label>
            <select id="template" value={templateId} onChange={(event) => setTemplateId(event.target.value)}>
              {templates.map((candidate) => (
                <option key={candidate.latestVersionId} value={candidate.latestVersionId}>
                  {candidate.title} {candidate.latestVersion}
                </option>
              ))}
            </select>
            <span className="help">
              {templates.find((candidate) => candidate.latestVersionId === templateId)?.description}
            </span>
          </div>
          {slots.map(([slot, image]) => (
            <div key={slot} className="field">
              <label htmlFor={`image-${slot}`}>{image.title ?? slot}</label>
              <input
                id={`image-${slot}`}
                value={images[slot] ?? ''}
                placeholder="registry.example.com/team/app:1.4.2"
                aria-invalid={errorAt(`/images/${slot}`) !== undefined}
                onChange={(event) => setImages({ ...images, [slot]: event.target.value })}
              />
              {errorAt(`/images/${slot}`) === undefined ? null : (
                <span className="error">{errorAt(`/images/${slot}`)}</span>
              )}
              {preview.data?.images[slot]?.pinned === false ? (
                <span className="help">
                  <span className="badge warn">not pinned</span> a tag may come to name another image
                </span>
              ) : null}
            </div>
          ))}
          {template.data === undefined ? (
            <Skeleton />
          ) : (
            <SchemaForm
              schema={template.data.schema as FormSchema}
              value={parameters}
              errors={(problem?.errors ?? []).map((error) => ({
                ...error,
                pointer: error.pointer.replace(/^\/parameters/, ''),
              }))}
              onChange={setParameters}
            />
          )}
        </section>
        <section className="stack">
          {!hasImages ? (
            <div className="panel">
              <p className="muted">Name an image to see what each cluster would change.</p>
            </div>
          ) : null}
          {problem === undefined ? null : <ProblemAlert problem={problem} onRetry={() => void preview.refetch()} />}
          {preview.isFetching && preview.data === undefined ? <Skeleton /> : null}
          {preview.data === undefined ? null : <PreviewPanel preview={preview.data} dimmed={!current} />}
        </section>
      </div>
    </>
  );
}
