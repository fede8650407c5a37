import type { ClientInput, NoticeEvent } from '@quarterdeck/contracts';
import { connectionKinds, createPipelineConnection } from '@quarterdeck/contracts/pipelines/connections';
import { Dialog, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { AuthorityField } from './authority-field.tsx';
import { EventsField } from './events-field.tsx';
import { t } from './pipelines.messages.ts';
import { connectionsKey } from './pipelines.queries.ts';
import { ProjectField } from './project-field.tsx';
import { TextLine } from './text-line.tsx';

type Kind = (typeof connectionKinds)[number];
type Body = ClientInput<typeof createPipelineConnection>['body'];
type Draft = {
  kind: Kind;
  projectId: string;
  name: string;
  url: string;
  token: string;
  host: string;
  username: string;
  password: string;
  tokenHosts: string;
  signingSecret: string;
  caPem: string;
  events: NoticeEvent[];
};

const empty: Draft = {
  kind: 'gitlab',
  projectId: '',
  name: '',
  url: '',
  token: '',
  host: '',
  username: '',
  password: '',
  tokenHosts: '',
  signingSecret: '',
  caPem: '',
  events: ['succeeded', 'failed', 'paused', 'approval_needed', 'decision_needed'],
};

/** A field that is empty is a field that is not there. */
function given(value: string, name: string): Record<string, string> {
  return value.trim() === '' ? {} : { [name]: value.trim() };
}

function bodyOf(draft: Draft): Body {
  const { kind, projectId, name, url, events } = draft;
  const shared = { projectId, name, ...given(draft.caPem, 'caPem') };
  if (kind === 'gitlab') return { kind, ...shared, url, ...given(draft.token, 'token') };
  if (kind === 'registry') {
    const hosts = draft.tokenHosts.split(/[\s,]+/).filter((host) => host !== '');
    const login = { ...given(draft.username, 'username'), ...given(draft.password, 'password') };
    return { kind, ...shared, host: draft.host, ...login, ...(hosts.length === 0 ? {} : { tokenHosts: hosts }) };
  }
  return { kind, ...shared, url, events, ...given(draft.signingSecret, 'signingSecret') };
}

/** Connects a GitLab, a registry or a channel. */
export function ConnectionDialog({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [draft, setDraft] = useState(empty);
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const [setProject] = useState(() => (projectId: string) => change({ projectId }));
  const { kind } = draft;
  const make = useMutation({
    mutationFn: () => api.call(createPipelineConnection, { body: bodyOf(draft) }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: connectionsKey });
      onClose();
    },
  });
  const problem = make.isError ? problemOf(make.error) : undefined;
  const errorAt = errorsOf(problem);
  const line = (name: 'url' | 'token' | 'host' | 'username' | 'password' | 'tokenHosts' | 'signingSecret') => ({
    value: draft[name],
    onChange: (value: string) => change({ [name]: value }),
    error: errorAt(`/${name}`),
  });
  const ready =
    draft.projectId !== '' && draft.name.trim() !== '' && (kind === 'registry' ? draft.host : draft.url).trim() !== '';
  function submit(event: FormEvent): void {
    event.preventDefault();
    make.mutate();
  }
  return (
    <Dialog title={t.newConnection} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <Field label={t.kind} help={t.kindHelp[kind]}>
          {(common) => (
            <select {...common} value={kind} onChange={(event) => change({ kind: event.target.value as Kind })}>
              {connectionKinds.map((each) => (
                <option key={each} value={each}>
                  {t.kinds[each]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <ProjectField value={draft.projectId} onChange={setProject} error={errorAt('/projectId')} />
        <TextLine label={t.name} value={draft.name} onChange={(name) => change({ name })} error={errorAt('/name')} />
        {kind === 'gitlab' ? (
          <>
            <TextLine label={t.url} help={t.gitlabUrlHelp} {...line('url')} />
            <TextLine label={t.token} help={t.tokenHelp} secret {...line('token')} />
          </>
        ) : kind === 'registry' ? (
          <>
            <TextLine label={t.registryHost} help={t.registryHostHelp} {...line('host')} />
            <div className="row field-row top">
              <TextLine label={t.username} help={t.loginHelp} {...line('username')} />
              <TextLine label={t.password} secret {...line('password')} />
            </div>
            <TextLine label={t.tokenHosts} help={t.tokenHostsHelp} {...line('tokenHosts')} />
          </>
        ) : (
          <>
            <TextLine label={t.url} help={t.channelUrlHelp} {...line('url')} />
            {kind === 'slack' ? null : (
              <TextLine label={t.signingSecret} help={t.signingSecretHelp[kind]} secret {...line('signingSecret')} />
            )}
            <EventsField value={draft.events} onChange={(events) => change({ events })} />
          </>
        )}
        <AuthorityField value={draft.caPem} error={errorAt('/caPem')} onChange={(caPem) => change({ caPem })} />
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons verb={t.create} busy={t.creating} pending={make.isPending} ready={ready} onClose={onClose} />
      </form>
    </Dialog>
  );
}
