import type { Application, Release, ReleasePreview } from '@quarterdeck/contracts';
import { getEnvironmentDelivery } from '@quarterdeck/contracts/applications';
import { createRelease, previewRelease } from '@quarterdeck/contracts/releases';
import { getTemplateVersion } from '@quarterdeck/contracts/templates';
import {
  ActionButton,
  ConfirmDanger,
  type FormSchema,
  type FormValue,
  PageHeader,
  ProblemAlert,
  SchemaForm,
  Skeleton,
} from '@quarterdeck/ui';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { useFollowRelease } from '../../platform/follow-release.ts';
import { useMe, useRefusal } from '../../platform/me.tsx';
import { ownLayer } from '../../platform/own-layer.ts';
import { sourceOf } from '../../platform/parameter-source.ts';
import { effectiveQuery } from '../../platform/parameters.ts';
import { TierBadge } from '../../platform/tier-badge.tsx';
import { applicationCrumbs } from './application-crumbs.tsx';
import { asSeen, draftFrom, type Start, useDeployDraft } from './deploy-draft.ts';
import { ImageFields } from './image-fields.tsx';
import { PreviewPanel } from './preview-panel.tsx';
import { RejectedImage } from './rejected-image.tsx';
import { t } from './releases.messages.ts';
import { StrategyField } from './strategy-field.tsx';

type Template = { name: string; title: string; description: string; latestVersionId: string; latestVersion: string };

/** The template's form beside what each cluster would change; what is deployed is what was seen. */
export function DeployForm(props: {
  application: Application;
  environment: Application['environments'][number];
  templates: readonly Template[];
  last: Release | undefined;
  /** The environment's layer as it is kept; absent for those who may not read it: they deploy with what is kept. */
  kept: FormValue | undefined;
  start: Start | undefined;
  /** A release of another environment whose images go out here, by the same digests. */
  promoted: Release | undefined;
}) {
  const { application, environment, templates, last, kept, promoted } = props;
  const navigate = useNavigate();
  const follow = useFollowRelease();
  const refusal = useRefusal('releases:create');
  const me = useMe();
  const { draft, settled, isSettled, change, forget } = useDeployDraft(
    `${application.id} ${environment.environmentId} ${last?.id ?? ''} ${promoted?.id ?? ''}`,
    draftFrom(last, props.start, templates[0]?.latestVersionId ?? '', promoted),
  );
  const [key] = useState(() => crypto.randomUUID());
  const template = useQuery({
    queryKey: ['templates', draft.templateId],
    enabled: draft.templateId !== '',
    queryFn: ({ signal }) => api.call(getTemplateVersion, { params: { id: draft.templateId } }, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const delivery = useQuery({
    queryKey: ['releases', 'strategies', environment.environmentId],
    queryFn: ({ signal }) =>
      api.call(getEnvironmentDelivery, { params: { id: environment.environmentId } }, { signal }),
    staleTime: 30_000,
  });
  const wider = useQuery({
    ...effectiveQuery(application.id, {
      environment: environment.environmentId,
      templateVersion: draft.templateId,
      without: 'environment',
    }),
    enabled: kept !== undefined && draft.templateId !== '',
  });
  const slots = Object.entries(template.data?.images ?? {});
  const hasImages =
    template.isSuccess && slots.every(([slot, image]) => !image.required || (settled.images[slot] ?? '') !== '');
  const input = {
    applicationId: application.id,
    environmentId: environment.environmentId,
    templateVersionId: settled.templateId,
    images: settled.images,
    ...(kept === undefined || wider.data === undefined
      ? {}
      : { parameters: ownLayer(settled.parameters, wider.data, kept) }),
    ...(settled.strategy === undefined ? {} : { strategy: settled.strategy }),
  };
  const preview = useQuery({
    queryKey: ['releases', 'preview', input],
    // What goes into the layer is known once it is known what counts without it.
    enabled: hasImages && template.isSuccess && (kept === undefined || (wider.isSuccess && !wider.isPlaceholderData)),
    queryFn: ({ signal }) => api.call(previewRelease, { body: input }, { signal }),
    retry: false,
    placeholderData: keepPreviousData,
    // Of a cluster that is away or still being read more is known a moment later.
    refetchInterval: ({ state }) => (isUnsure(state.data) ? unsureMs : false),
  });
  const [asking, setAsking] = useState(false);
  const rejected = (preview.data?.findings ?? []).filter(({ code }) => code === 'digest_rejected');
  const deploy = useMutation({
    mutationFn: () =>
      api.call(
        createRelease,
        {
          body: {
            ...input,
            ...(rejected.length === 0 ? {} : { deployRejected: true }),
            ...(preview.data === undefined
              ? {}
              : { images: asSeen(preview.data.images), contentSha256: preview.data.contentSha256 }),
          },
        },
        { idempotencyKey: key },
      ),
    onSuccess: (release) => {
      forget();
      follow(release);
    },
  });
  const problem = preview.isError ? problemOf(preview.error) : undefined;
  // Not while typing rests, nor while an older preview is still on screen.
  const current = isSettled && preview.data !== undefined && !preview.isPlaceholderData && !preview.isError;
  const blocking = (preview.data?.targets ?? []).flatMap(({ findings }) => findings).filter(isBlocking).length;
  const whyNot = !hasImages
    ? t.nameImageFirst
    : problem !== undefined && isSettled
      ? t.previewFailed(problem.title)
      : !current
        ? t.waitPreview
        : preview.data?.deployable === true
          ? refusal
          : t.mendFirst(blocking);
  return (
    <>
      <PageHeader
        crumbs={applicationCrumbs(application.project, application.slug)}
        title={t.deployTitle(application.slug, environment.name)}
        status={<TierBadge tier={environment.tier} />}
        actions={
          <ActionButton
            kind="primary"
            reason={whyNot}
            pending={deploy.isPending}
            onClick={() => (rejected.length === 0 ? deploy.mutate() : setAsking(true))}
          >
            {deploy.isPending ? t.deploying : t.deployTo(environment.targets.length)}
          </ActionButton>
        }
      />
      {promoted === undefined ? null : <p className="notice">{t.promoted(promoted.number, promoted.environment)}</p>}
      {deploy.isError ? <ProblemAlert problem={problemOf(deploy.error)} /> : null}
      {asking ? (
        <ConfirmDanger
          title={t.rejectedTitle}
          verb={t.deployTo(environment.targets.length)}
          level="L2"
          pending={deploy.isPending}
          onConfirm={() => deploy.mutate()}
          onClose={() => setAsking(false)}
        >
          {rejected.map(({ detail }) => (
            <p key={detail} className="breakable">
              {detail}
            </p>
          ))}
        </ConfirmDanger>
      ) : null}
      <div className="columns">
        <section className="panel stack">
          {application.environments.length > 1 ? (
            <div className="field">
              <label htmlFor="environment">{t.environment}</label>
              <select
                id="environment"
                value={environment.name}
                onChange={(event) =>
                  void navigate({ to: '.', search: { environment: event.target.value } as never, replace: true })
                }
              >
                {application.environments.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </div>
          ) : null}
          <div className="field">
            <label htmlFor="template">{t.template}</label>
            <select
              id="template"
              value={draft.templateId}
              onChange={(event) => change({ templateId: event.target.value })}
            >
              {templates.map((candidate) => (
                <option key={candidate.latestVersionId} value={candidate.latestVersionId}>
                  {candidate.title} {candidate.latestVersion}
                </option>
              ))}
              {templates.every(({ latestVersionId }) => latestVersionId !== draft.templateId) ? (
                <option value={draft.templateId}>{last?.template}</option>
              ) : null}
            </select>
            <span className="help">
              {templates.find((candidate) => candidate.latestVersionId === draft.templateId)?.description}
            </span>
          </div>
          <StrategyField
            strategies={delivery.data?.strategies ?? []}
            chosen={draft.strategy}
            onChange={(strategy) => change({ strategy })}
          />
          <ImageFields
            slots={slots}
            images={draft.images}
            errors={problem?.errors ?? []}
            seen={preview.data?.images ?? {}}
            note={(image) => (
              <RejectedImage application={application} environmentId={environment.environmentId} image={image} />
            )}
            onChange={(images) => change({ images })}
          />
          {template.isError ? (
            <ProblemAlert problem={problemOf(template.error)} onRetry={() => void template.refetch()} />
          ) : null}
          {wider.isError ? (
            <ProblemAlert problem={problemOf(wider.error)} onRetry={() => void wider.refetch()} />
          ) : null}
          {template.isPending ? (
            <Skeleton />
          ) : template.data === undefined ? null : (
            <SchemaForm
              schema={template.data.schema as FormSchema}
              value={draft.parameters}
              readOnly={kept === undefined}
              source={
                wider.data === undefined
                  ? undefined
                  : sourceOf(wider.data, {
                      layer: 'environment',
                      locked: template.data.locked,
                      mayUnlock: (permission) => me?.permissionsSomewhere.includes(permission as never) ?? false,
                    })
              }
              errors={(problem?.errors ?? []).map((error) => ({
                ...error,
                pointer: error.pointer.replace(/^\/parameters/, ''),
              }))}
              onChange={(parameters) => change({ parameters })}
            />
          )}
        </section>
        <section className="stack" aria-label={t.preview}>
          {hasImages ? null : (
            <div className="panel">
              <p className="muted">{t.nameImage}</p>
            </div>
          )}
          {problem === undefined ? null : <ProblemAlert problem={problem} onRetry={() => void preview.refetch()} />}
          {preview.isFetching && preview.data === undefined ? (
            <div className="panel">
              <p className="muted">{t.previewing}</p>
              <Skeleton rows={8} />
            </div>
          ) : null}
          {preview.data === undefined ? null : <PreviewPanel preview={preview.data} dimmed={!current} />}
        </section>
      </div>
    </>
  );
}

const unsureMs = 5000;

function isUnsure(preview: ReleasePreview | undefined): boolean {
  return (preview?.targets ?? []).some(
    ({ reachable, findings }) => !reachable || findings.some(({ code }) => code === 'capacity_unknown'),
  );
}

function isBlocking({ level }: { level: string }): boolean {
  return level === 'block';
}
