import { signIn } from '@quarterdeck/contracts/identity';
import { ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './identity.messages.ts';
import { TextField } from './text-field.tsx';

/** @param note why one is asked again, over a page that waits */
export function SignInPage({ unreachable, note }: { unreachable: boolean; note?: string }) {
  const queries = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const enter = useMutation({
    mutationFn: () => api.call(signIn, { body: { name, password } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    enter.mutate();
  }
  return (
    <main className="centre">
      <form className="panel" onSubmit={submit} ref={form}>
        <h1>{t.signInTo}</h1>
        {note === undefined ? null : <p className="muted">{note}</p>}
        {unreachable ? <p className="notice degraded">{t.unreachable}</p> : null}
        <TextField label={t.accountName} value={name} onChange={setName} autoComplete="username" />
        <TextField
          label={t.password}
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
        />
        {enter.isError ? <ProblemAlert problem={problemOf(enter.error)} /> : null}
        <button type="submit" className="button primary" disabled={enter.isPending}>
          {enter.isPending ? t.signingIn : t.signIn}
        </button>
      </form>
    </main>
  );
}
