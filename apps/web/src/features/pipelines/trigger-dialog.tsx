import type { DeployTrigger, TagRule } from '@quarterdeck/contracts';
import { createDeployTrigger, replaceDeployTrigger, triggerRequires } from '@quarterdeck/contracts/pipelines/triggers';
import { Dialog, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { t } from './pipelines.messages.ts';
import { applicationsQuery, connectionsQuery, triggersKey } from './pipelines.queries.ts';
import { TextLine } from './text-line.tsx';

type Draft = {
  applicationId: string;
  environmentId: string;
  slot: string;
  repository: string;
  tagKind: TagRule['kind'];
  tagValue: string;
  requires: DeployTrigger['requires'];
  connectionId: string;
  gitlabProjectId: string;
  refs: string;
  job: string;
  enabled: boolean;
};

function draftOf(trigger: DeployTrigger | undefined): Draft {
  const tags = trigger?.tags ?? { kind: 'any' as const };
  return {
    applicationId: trigger?.applicationId ?? '',
    environmentId: trigger?.environmentId ?? '',
    slot: trigger?.slot ?? 'main',
    repository: trigger?.repository ?? '',
    tagKind: tags.kind,
    tagValue: 'value' in tags ? tags.value : '',
    requires: trigger?.requires ?? 'build_and_image',
    connectionId: trigger?.connectionId ?? '',
    gitlabProjectId: trigger?.gitlabProjectId === undefined ? '' : String(trigger.gitlabProjectId),
    refs: trigger === undefined ? 'main' : (trigger.refs ?? ''),
    job: trigger?.job ?? '',
    enabled: trigger?.enabled ?? true,
  };
}

function bodyOf(draft: Draft, connectionId: string) {
  const text = (value: string, name: string) => (value.trim() === '' ? {} : { [name]: value.trim() });
  const tags: TagRule =
    draft.tagKind === 'any' || draft.tagKind === 'semver'
      ? { kind: draft.tagKind }
      : { kind: draft.tagKind, value: draft.tagValue };
  return {
    slot: draft.slot,
    repository: draft.repository.trim(),
    tags,
    requires: draft.requires,
    enabled: draft.enabled,
    ...text(draft.refs, 'refs'),
    ...text(draft.job, 'job'),
    ...text(connectionId, 'connectionId'),
    ...(draft.gitlabProjectId.trim() === '' ? {} : { gitlabProjectId: Number(draft.gitlabProjectId) }),
  };
}

/** Says what deploys by itself, or changes it. */
export function TriggerDialog({ trigger, onClose }: { trigger?: DeployTrigger; onClose: () => void }) {
  const queries = useQueryClient();
  const applications = useQuery(applicationsQuery);
  const connections = useQuery(connectionsQuery(undefined));
  const [draft, setDraft] = useState(() => draftOf(trigger));
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const application = applications.data?.items.find(({ id }) => id === draft.applicationId);
  const gitlabs = (connections.data?.items ?? []).filter(
    (each) => each.kind === 'gitlab' && each.projectId === (trigger?.projectId ?? application?.projectId),
  );
  const connectionId = draft.connectionId === '' && gitlabs.length === 1 ? (gitlabs[0]?.id ?? '') : draft.connectionId;
  const save = useMutation({
    mutationFn: () => {
      const body = bodyOf(draft, connectionId);
      return trigger === undefined
        ? api.call(createDeployTrigger, {
            body: { ...body, applicationId: draft.applicationId, environmentId: draft.environmentId },
          })
        : api.call(replaceDeployTrigger, { params: { id: trigger.id }, body });
    },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: triggersKey });
      onClose();
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  const ready = draft.applicationId !== '' && draft.environmentId !== '' && draft.repository.trim() !== '';
  const wantsValue = draft.tagKind !== 'any' && draft.tagKind !== 'semver';
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  const name = trigger === undefined ? '' : `${trigger.application} ${trigger.environment}`;
  return (
    <Dialog title={trigger === undefined ? t.newTrigger : t.editTrigger(name)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        {trigger === undefined ? (
          <div className="row field-row top">
            <Field label={t.application} error={errorAt('/applicationId')}>
              {(common) => (
                <select
                  {...common}
                  value={draft.applicationId}
                  onChange={(event) => {
                    const chosen = applications.data?.items.find(({ id }) => id === event.target.value);
                    change({
                      applicationId: event.target.value,
                      environmentId: chosen?.environments[0]?.environmentId ?? '',
                    });
                  }}
                >
                  <option value="" />
                  {(applications.data?.items ?? []).map(({ id, slug, project }) => (
                    <option key={id} value={id}>
                      {project}/{slug}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <Field label={t.environment} error={errorAt('/environmentId')}>
              {(common) => (
                <select
                  {...common}
                  value={draft.environmentId}
                  onChange={(event) => change({ environmentId: event.target.value })}
                >
                  <option value="" />
                  {(application?.environments ?? []).map(({ environmentId, name: environment }) => (
                    <option key={environmentId} value={environmentId}>
                      {environment}
                    </option>
                  ))}
                </select>
              )}
            </Field>
          </div>
        ) : null}
        <TextLine
          label={t.repository}
          value={draft.repository}
          onChange={(repository) => change({ repository })}
          help={t.repositoryHelp}
          error={errorAt('/repository') ?? errorAt('/images')}
        />
        <div className="row field-row top">
          <Field label={t.tags}>
            {(common) => (
              <select
                {...common}
                value={draft.tagKind}
                onChange={(event) => change({ tagKind: event.target.value as TagRule['kind'] })}
              >
                {Object.entries(t.tagKinds).map(([kind, word]) => (
                  <option key={kind} value={kind}>
                    {word}
                  </option>
                ))}
              </select>
            )}
          </Field>
          {wantsValue ? (
            <TextLine
              label={t.tagKinds[draft.tagKind]}
              value={draft.tagValue}
              onChange={(tagValue) => change({ tagValue })}
              error={errorAt('/tags')}
            />
          ) : null}
          <TextLine
            label={t.slot}
            value={draft.slot}
            onChange={(slot) => change({ slot })}
            help={t.slotHelp}
            error={errorAt('/slot')}
          />
        </div>
        <Field label={t.requires}>
          {(common) => (
            <select
              {...common}
              value={draft.requires}
              onChange={(event) => change({ requires: event.target.value as Draft['requires'] })}
            >
              {triggerRequires.map((each) => (
                <option key={each} value={each}>
                  {t.requiresKinds[each]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <div className="row field-row top">
          <Field label={t.gitlabConnection} error={errorAt('/connectionId')}>
            {(common) => (
              <select
                {...common}
                value={connectionId}
                onChange={(event) => change({ connectionId: event.target.value })}
              >
                <option value="" />
                {gitlabs.map((each) => (
                  <option key={each.id} value={each.id}>
                    {each.name}
                  </option>
                ))}
              </select>
            )}
          </Field>
          <TextLine
            label={t.gitlabProject}
            value={draft.gitlabProjectId}
            onChange={(gitlabProjectId) => change({ gitlabProjectId })}
            help={t.gitlabProjectHelp}
            error={errorAt('/gitlabProjectId')}
          />
        </div>
        <div className="row field-row top">
          <TextLine
            label={t.refs}
            value={draft.refs}
            onChange={(refs) => change({ refs })}
            help={t.refsHelp}
            error={errorAt('/refs')}
          />
          <TextLine
            label={t.job}
            value={draft.job}
            onChange={(job) => change({ job })}
            help={t.jobHelp}
            error={errorAt('/job')}
          />
        </div>
        <label className="option">
          <input
            type="checkbox"
            checked={draft.enabled}
            onChange={(event) => change({ enabled: event.target.checked })}
          />
          <span>{t.on}</span>
        </label>
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons verb={t.save} busy={t.saving} pending={save.isPending} ready={ready} onClose={onClose} />
      </form>
    </Dialog>
  );
}
