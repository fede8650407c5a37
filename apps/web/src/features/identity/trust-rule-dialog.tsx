import type { Permission, TrustRule } from '@quarterdeck/contracts';
import { workloadTokenMinutes } from '@quarterdeck/contracts/tokens';
import { createTrustRule, replaceTrustRule } from '@quarterdeck/contracts/trust-rules';
import { Dialog, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { PermissionPicker } from '../../platform/permission-picker.tsx';
import { noPlaces, PlaceFields, type Places } from './place-fields.tsx';
import { TextField } from './text-field.tsx';
import { namedPresets, presets, wordsOf } from './token-words.ts';
import { t } from './tokens.messages.ts';
import { rulesKey, serviceAccountsQuery, tokensKey } from './tokens.queries.ts';

type Draft = {
  name: string;
  issuer: string;
  gitlabProjectId: string;
  refType: 'branch' | 'tag';
  ref: string;
  environment: string;
  allowMergeRequests: boolean;
  serviceAccountId: string;
  permissions: Permission[];
  places: Places;
  lifeMinutes: string;
  caPem: string;
  enabled: boolean;
};

function draftOf(rule: TrustRule | undefined, issuer: string): Draft {
  return {
    name: rule?.name ?? '',
    issuer: rule?.issuer ?? issuer,
    gitlabProjectId: rule === undefined ? '' : String(rule.gitlabProjectId),
    refType: rule?.refType ?? 'branch',
    ref: rule?.ref ?? 'main',
    environment: rule?.environment ?? '',
    allowMergeRequests: rule?.allowMergeRequests ?? false,
    serviceAccountId: rule?.serviceAccountId ?? '',
    permissions: rule?.permissions ?? [...presets.deploy],
    places: {
      ...noPlaces,
      clusterIds: rule?.clusterIds ?? [],
      projectIds: rule?.projectIds ?? [],
      namespaces: rule?.namespaces?.join(' ') ?? '',
    },
    lifeMinutes: String(rule?.lifeMinutes ?? workloadTokenMinutes),
    caPem: rule?.caPem ?? '',
    enabled: rule?.enabled ?? true,
  };
}

function bodyOf(draft: Draft) {
  const { places, environment, caPem, ...rest } = draft;
  const namespaces = wordsOf(places.namespaces);
  return {
    ...rest,
    gitlabProjectId: Number(draft.gitlabProjectId),
    lifeMinutes: Number(draft.lifeMinutes),
    ...(environment.trim() === '' ? {} : { environment: environment.trim() }),
    ...(caPem.trim() === '' ? {} : { caPem: caPem.trim() }),
    ...(places.clusterIds.length === 0 ? {} : { clusterIds: [...places.clusterIds] }),
    ...(places.projectIds.length === 0 ? {} : { projectIds: [...places.projectIds] }),
    ...(namespaces === undefined ? {} : { namespaces }),
  };
}

/** Trusts a GitLab project, or changes how. */
export function TrustRuleDialog(props: {
  rule?: TrustRule;
  /** The address that other rules have. */
  issuer: string;
  onClose: () => void;
  onSaved: (rule: TrustRule) => void;
}) {
  const { rule, onClose } = props;
  const queries = useQueryClient();
  const accounts = useQuery(serviceAccountsQuery);
  const [draft, setDraft] = useState(() => draftOf(rule, props.issuer));
  const change = (part: Partial<Draft>) => setDraft({ ...draft, ...part });
  const ids = { account: useId(), refType: useId(), authority: useId() };
  const save = useMutation({
    mutationFn: () =>
      rule === undefined
        ? api.call(createTrustRule, { body: bodyOf(draft) })
        : api.call(replaceTrustRule, { params: { id: rule.id }, body: bodyOf(draft) }),
    onSuccess: async (saved) => {
      await Promise.all([rulesKey, tokensKey].map((queryKey) => queries.invalidateQueries({ queryKey })));
      props.onSaved(saved);
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  const account = accounts.data?.items.find(({ id }) => id === draft.serviceAccountId);
  const projectIdWrong = draft.gitlabProjectId !== '' && !/^[1-9]\d*$/.test(draft.gitlabProjectId);
  const isReady =
    [draft.name, draft.issuer, draft.gitlabProjectId, draft.ref, draft.serviceAccountId].every(
      (text) => text.trim() !== '',
    ) &&
    !projectIdWrong &&
    draft.permissions.length > 0;
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  return (
    <Dialog title={rule === undefined ? t.newRuleTitle : t.editRule(rule.name)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextField label={t.name} value={draft.name} onChange={(name) => change({ name })} error={errorAt('/name')} />
        <TextField
          label={t.issuer}
          value={draft.issuer}
          onChange={(issuer) => change({ issuer })}
          help={t.issuerHelp}
          error={errorAt('/issuer')}
        />
        <TextField
          label={t.projectId}
          value={draft.gitlabProjectId}
          onChange={(gitlabProjectId) => change({ gitlabProjectId })}
          help={t.projectIdHelp}
          error={projectIdWrong ? t.projectIdWrong : errorAt('/gitlabProjectId')}
        />
        <div className="row field-row top">
          <TextField
            label={t.ref}
            value={draft.ref}
            onChange={(ref) => change({ ref })}
            help={t.refHelp}
            error={errorAt('/ref')}
          />
          <div className="field">
            <label htmlFor={ids.refType}>{t.kind}</label>
            <select
              id={ids.refType}
              value={draft.refType}
              onChange={(event) => change({ refType: event.target.value as Draft['refType'] })}
            >
              <option value="branch">{t.branch}</option>
              <option value="tag">{t.tag}</option>
            </select>
          </div>
        </div>
        <TextField
          label={t.environment}
          value={draft.environment}
          onChange={(environment) => change({ environment })}
          help={t.environmentHelp}
          error={errorAt('/environment')}
        />
        <div className="field">
          <label htmlFor={ids.account}>{t.account}</label>
          <select
            id={ids.account}
            value={draft.serviceAccountId}
            aria-invalid={errorAt('/serviceAccountId') !== undefined}
            onChange={(event) => change({ serviceAccountId: event.target.value })}
          >
            <option value="" />
            {(accounts.data?.items ?? []).map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
          {accounts.data?.items.length === 0 ? <span className="error">{t.noAccountsForRule}</span> : null}
        </div>
        <PermissionPicker
          title={t.permissionsTitle}
          help={t.permissionsHelp}
          presets={namedPresets}
          value={draft.permissions}
          onChange={(permissions) => change({ permissions })}
          error={errorAt('/permissions')}
        />
        <PlaceFields
          value={draft.places}
          onChange={(places) => change({ places })}
          errors={errorAt}
          only={{ projects: account?.projectId === undefined, networks: false }}
        />
        <TextField
          label={t.lifeMinutes}
          value={draft.lifeMinutes}
          onChange={(lifeMinutes) => change({ lifeMinutes })}
          error={errorAt('/lifeMinutes')}
        />
        <Tick
          label={t.mergeRequests}
          help={t.mergeRequestsHelp}
          value={draft.allowMergeRequests}
          onChange={(allowMergeRequests) => change({ allowMergeRequests })}
        />
        <Tick label={t.ruleEnabled} value={draft.enabled} onChange={(enabled) => change({ enabled })} />
        <details>
          <summary>{t.authority}</summary>
          <div className="field">
            <label htmlFor={ids.authority} className="visually-hidden">
              {t.authority}
            </label>
            <textarea
              id={ids.authority}
              rows={4}
              value={draft.caPem}
              placeholder="-----BEGIN CERTIFICATE-----"
              onChange={(event) => change({ caPem: event.target.value })}
            />
            <span className="help">{errorAt('/caPem') ?? t.authorityHelp}</span>
          </div>
        </details>
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons verb={t.save} busy={t.saving} pending={save.isPending} ready={isReady} onClose={onClose} />
      </form>
    </Dialog>
  );
}

function Tick(props: { label: string; help?: string; value: boolean; onChange: (value: boolean) => void }) {
  return (
    <label className="option">
      <input type="checkbox" checked={props.value} onChange={(event) => props.onChange(event.target.checked)} />
      <span>
        {props.label} {props.help === undefined ? null : <span className="muted">{props.help}</span>}
      </span>
    </label>
  );
}
