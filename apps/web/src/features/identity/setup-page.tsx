import { claimInstance } from '@quarterdeck/contracts/identity';
import { ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
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
  const errorAt = (field: string) => problem?.errors?.find((error) => error.pointer === `/${field}`)?.detail;
  const set = (field: keyof typeof form) => (value: string) => setForm((before) => ({ ...before, [field]: value }));
  function submit(event: FormEvent): void {
    event.preventDefault();
    claim.mutate();
  }
  return (
    <main className="centre">
      <form className="panel" onSubmit={submit}>
        <div>
          <h1>Welcome to Quarterdeck</h1>
          <p className="muted">
            Nobody has claimed this installation yet. The setup code is in the terminal that started it.
          </p>
        </div>
        <TextField
          label="Setup code"
          value={form.code}
          onChange={set('code')}
          error={errorAt('code')}
          autoComplete="off"
        />
        <TextField
          label="Your name"
          value={form.displayName}
          onChange={set('displayName')}
          error={errorAt('displayName')}
          autoComplete="name"
        />
        <TextField
          label="Account name"
          value={form.name}
          onChange={set('name')}
          error={errorAt('name')}
          autoComplete="username"
          help="Lower-case letters and digits, such as li.wei"
        />
        <TextField
          label="Password"
          type="password"
          value={form.password}
          onChange={set('password')}
          error={errorAt('password')}
          autoComplete="new-password"
          help="At least 12 characters"
        />
        {problem === undefined || (problem.errors ?? []).length > 0 ? null : <ProblemAlert problem={problem} />}
        <button type="submit" className="button primary" disabled={claim.isPending}>
          {claim.isPending ? 'Claiming …' : 'Claim this installation'}
        </button>
      </form>
    </main>
  );
}
