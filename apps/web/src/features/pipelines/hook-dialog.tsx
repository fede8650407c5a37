import type { Hook, HookSource } from '@quarterdeck/contracts';
import { createHook, hookSources } from '@quarterdeck/contracts/pipelines/hooks';
import { Dialog, Field, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { t } from './pipelines.messages.ts';
import { connectionsQuery, hooksKey } from './pipelines.queries.ts';
import { ProjectField } from './project-field.tsx';
import { TextLine } from './text-line.tsx';

/** Makes an address for events. */
export function HookDialog(props: { onClose: () => void; onMade: (made: { hook: Hook; secret: string }) => void }) {
  const queries = useQueryClient();
  const [source, setSource] = useState<HookSource>('gitlab');
  const [projectId, setProjectId] = useState('');
  const [name, setName] = useState('');
  const [registry, setRegistry] = useState('');
  const [connectionId, setConnectionId] = useState('');
  const [requireSignature, setRequireSignature] = useState(false);
  const connections = useQuery(connectionsQuery(undefined));
  const gitlabs = (connections.data?.items ?? []).filter(
    (each) => each.kind === 'gitlab' && each.projectId === projectId,
  );
  const chosen = connectionId === '' && gitlabs.length === 1 ? (gitlabs[0]?.id ?? '') : connectionId;
  const make = useMutation({
    mutationFn: () =>
      api.call(createHook, {
        body:
          source === 'gitlab'
            ? { source, projectId, name, connectionId: chosen, requireSignature }
            : { source, projectId, name, registry },
      }),
    async onSuccess(made) {
      await queries.invalidateQueries({ queryKey: hooksKey });
      props.onMade(made);
    },
  });
  const problem = make.isError ? problemOf(make.error) : undefined;
  const errorAt = errorsOf(problem);
  const ready =
    projectId !== '' && name.trim() !== '' && (source === 'gitlab' ? chosen !== '' : registry.trim() !== '');
  function submit(event: FormEvent): void {
    event.preventDefault();
    make.mutate();
  }
  return (
    <Dialog title={t.newHook} onClose={props.onClose}>
      <form className="stack" onSubmit={submit}>
        <Field label={t.source} help={t.sourceHelp[source]}>
          {(common) => (
            <select {...common} value={source} onChange={(event) => setSource(event.target.value as HookSource)}>
              {hookSources.map((each) => (
                <option key={each} value={each}>
                  {t.sources[each]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <ProjectField value={projectId} onChange={setProjectId} error={errorAt('/projectId')} />
        <TextLine label={t.name} value={name} onChange={setName} error={errorAt('/name')} />
        {source === 'gitlab' ? (
          <>
            <Field
              label={t.gitlabConnection}
              error={errorAt('/connectionId') ?? (projectId !== '' && gitlabs.length === 0 ? t.noGitlab : undefined)}
            >
              {(common) => (
                <select {...common} value={chosen} onChange={(event) => setConnectionId(event.target.value)}>
                  <option value="" />
                  {gitlabs.map((each) => (
                    <option key={each.id} value={each.id}>
                      {each.name}
                    </option>
                  ))}
                </select>
              )}
            </Field>
            <label className="option">
              <input
                type="checkbox"
                checked={requireSignature}
                onChange={(event) => setRequireSignature(event.target.checked)}
              />
              <span>
                {t.requireSignature} <span className="muted">{t.requireSignatureHelp}</span>
              </span>
            </label>
          </>
        ) : (
          <TextLine
            label={t.registryHost}
            value={registry}
            onChange={setRegistry}
            help={t.registryHostHelp}
            error={errorAt('/registry')}
          />
        )}
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons verb={t.create} busy={t.creating} pending={make.isPending} ready={ready} onClose={props.onClose} />
      </form>
    </Dialog>
  );
}
