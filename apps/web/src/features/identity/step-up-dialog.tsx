import { stepUp as proveByPassword, startStepUp } from '@quarterdeck/contracts/identity';
import { Dialog, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState, useSyncExternalStore } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { stepUp } from '../../platform/step-up.ts';
import { t } from './identity.messages.ts';
import { meQuery } from './identity.queries.ts';
import { returnTo } from './sign-in-page.tsx';
import { TextField } from './text-field.tsx';

/** Asked for when an action needs a fresh proof; the action goes on by itself afterwards. */
export function StepUpDialog() {
  const isAsked = useSyncExternalStore(stepUp.subscribe, stepUp.isAsked);
  const me = useQuery(meQuery).data;
  if (!isAsked || me === null || me === undefined) return null;
  return (
    <Dialog title={t.proveTitle} onClose={() => stepUp.settle(false)}>
      <p className="muted">{t.proveHelp}</p>
      {me.provider === undefined ? (
        <ByPassword asksCode={me.secondFactor === 'on'} />
      ) : (
        <AtProvider name={me.provider.name} />
      )}
    </Dialog>
  );
}

function ByPassword({ asksCode }: { asksCode: boolean }) {
  const queries = useQueryClient();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const prove = useMutation({
    mutationFn: () => api.call(proveByPassword, { body: { password, ...(code === '' ? {} : { code }) } }),
    onSuccess: async (me) => {
      queries.setQueryData(meQuery.queryKey, me);
      stepUp.settle(true);
    },
  });
  const problem = prove.isError ? problemOf(prove.error) : undefined;
  function submit(event: FormEvent): void {
    event.preventDefault();
    prove.mutate();
  }
  return (
    <form className="stack" onSubmit={submit}>
      <TextField
        label={t.password}
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        error={problem?.code === 'password_wrong' ? problem.detail : undefined}
      />
      {asksCode ? (
        <TextField
          label={t.code}
          value={code}
          onChange={setCode}
          autoComplete="one-time-code"
          help={t.codeHelp}
          error={problem?.code.startsWith('second_factor') === true ? problem.detail : undefined}
        />
      ) : null}
      {problem?.code === 'rate_limited' ? <ProblemAlert problem={problem} /> : null}
      <div className="row">
        <button type="submit" className="button primary" disabled={prove.isPending}>
          {prove.isPending ? t.proving : t.prove}
        </button>
        <button type="button" className="button" onClick={() => stepUp.settle(false)}>
          {t.cancel}
        </button>
      </div>
    </form>
  );
}

function AtProvider({ name }: { name: string }) {
  const start = useMutation({
    mutationFn: () => api.call(startStepUp, { body: { returnTo: returnTo() } }),
    onSuccess: ({ location: there }) => location.assign(there),
  });
  return (
    <>
      <p className="notice degraded">{t.proveAtHelp(name)}</p>
      {start.isError ? <ProblemAlert problem={problemOf(start.error)} /> : null}
      <div className="row">
        <button type="button" className="button primary" disabled={start.isPending} onClick={() => start.mutate()}>
          {t.proveAt(name)}
        </button>
        <button type="button" className="button" onClick={() => stepUp.settle(false)}>
          {t.cancel}
        </button>
      </div>
    </>
  );
}
