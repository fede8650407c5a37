import type { NoticeEvent, PipelineConnection } from '@quarterdeck/contracts';
import { updatePipelineConnection } from '@quarterdeck/contracts/pipelines/connections';
import { Dialog, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { FormButtons } from '../../platform/form-buttons.tsx';
import { useRefusal } from '../../platform/me.tsx';
import { AuthorityField } from './authority-field.tsx';
import { EventsField } from './events-field.tsx';
import { JobTokensField } from './job-tokens-field.tsx';
import { t } from './pipelines.messages.ts';
import { connectionsKey } from './pipelines.queries.ts';
import { TextLine } from './text-line.tsx';

/** Changes what a connection is called, what it is told of, its secret and its CA. */
export function ConnectionEdit({ connection, onClose }: { connection: PipelineConnection; onClose: () => void }) {
  const queries = useQueryClient();
  const [name, setName] = useState(connection.name);
  const [events, setEvents] = useState<NoticeEvent[]>(connection.events);
  const [secret, setSecret] = useState('');
  const [caPem, setCaPem] = useState('');
  const [jobTokens, setJobTokens] = useState(connection.jobTokens);
  const refusal = useRefusal('identity:configure');
  const isChannel = connection.kind !== 'gitlab' && connection.kind !== 'registry';
  const save = useMutation({
    mutationFn: () =>
      api.call(updatePipelineConnection, {
        params: { id: connection.id },
        body: {
          name,
          ...(isChannel ? { events } : {}),
          ...(secret === '' ? {} : { secret }),
          ...(caPem.trim() === '' ? {} : { caPem }),
          ...(jobTokens === connection.jobTokens ? {} : { jobTokens }),
        },
      }),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: connectionsKey });
      onClose();
    },
  });
  const hasToken = connection.hasSecret || secret !== '';
  const problem = save.isError ? problemOf(save.error) : undefined;
  const errorAt = errorsOf(problem);
  const label = connection.kind === 'gitlab' ? t.token : connection.kind === 'registry' ? t.password : t.signingSecret;
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  return (
    <Dialog title={t.editConnection(connection.name)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <TextLine label={t.name} value={name} onChange={setName} error={errorAt('/name')} />
        {connection.kind === 'slack' ? null : (
          <TextLine
            label={`${t.newSecret}: ${label}`}
            value={secret}
            onChange={setSecret}
            secret
            help={t.keptSecret}
            error={errorAt('/secret')}
          />
        )}
        {connection.kind === 'gitlab' ? (
          <JobTokensField
            value={jobTokens}
            reason={connection.jobTokens ? undefined : (refusal ?? (hasToken ? undefined : t.jobTokensNeedToken))}
            onChange={setJobTokens}
          />
        ) : null}
        {isChannel ? <EventsField value={events} onChange={setEvents} /> : null}
        <AuthorityField value={caPem} error={errorAt('/caPem')} onChange={setCaPem} help={t.keptAuthority} />
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <FormButtons
          verb={t.save}
          busy={t.saving}
          pending={save.isPending}
          ready={name.trim() !== '' && (!isChannel || events.length > 0)}
          onClose={onClose}
        />
      </form>
    </Dialog>
  );
}
