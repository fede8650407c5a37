import { claimInstance } from '@quarterdeck/contracts/identity';
import { ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { t } from './identity.messages.ts';
import { TextField } from './text-field.tsx';

/** The first person with the setup code becomes the owner. */
export function SetupPage() {
  const queries = useQueryClient();
  const [form, setForm] = useState({ code: '', name: '', displayName: '', password: '' });
  useEffect(() => {
    const code = new URLSearchParams(location.hash.slice(1)).get('code');
    if (code === null) return;
    setForm((before) => ({ ...before, code }));
    // The code is used once; it need not stay in the history.
    history.replaceState(null, '', '/setup');
  }, []);
  const claim = useMutation({
    mutationFn: () => api.call(claimInstance, { body: form }),
    onSuccess: async () => {
      history.replaceState(null, '', '/');
      await queries.invalidateQueries();
      location.assign('/');
    },
  });
  const problem = claim.isError ? problemOf(claim.error) : undefined;
  const errorAt = errorsOf(problem);
  const set = (field: keyof typeof form) => (value: string) => setForm((before) => ({ ...before, [field]: value }));
  function submit(event: FormEvent): void {
    event.preventDefault();
    claim.mutate();
  }
  return (
    <main className="centre">
      <form className="panel" onSubmit={submit}>
        <div>
          <h1>{t.welcome}</h1>
          <p className="muted">{t.unclaimed}</p>
        </div>
        <TextField
          label={t.setupCode}
          value={form.code}
          onChange={set('code')}
          error={errorAt('/code')}
          autoComplete="off"
        />
        <TextField
          label={t.yourName}
          value={form.displayName}
          onChange={set('displayName')}
          error={errorAt('/displayName')}
          autoComplete="name"
        />
        <TextField
          label={t.accountName}
          value={form.name}
          onChange={set('name')}
          error={errorAt('/name')}
          autoComplete="username"
          help={t.accountHelp}
        />
        <TextField
          label={t.password}
          type="password"
          value={form.password}
          onChange={set('password')}
          error={errorAt('/password')}
          autoComplete="new-password"
          help={t.passwordHelp}
        />
        {problem === undefined || (problem.errors ?? []).length > 0 ? null : <ProblemAlert problem={problem} />}
        <button type="submit" className="button primary" disabled={claim.isPending}>
          {claim.isPending ? t.claiming : t.claim}
        </button>
      </form>
    </main>
  );
}
