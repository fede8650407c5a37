import { resetPassword } from '@quarterdeck/contracts/identity';
import { ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { t } from './identity.messages.ts';
import { TextField } from './text-field.tsx';

/** The secret of a one-time link, which stands behind `#` so that no server logs it. */
export function resetTokenOf(hash: string): string | undefined {
  return new URLSearchParams(hash.slice(1)).get('reset') ?? undefined;
}

/** Whoever has a one-time link sets the password of its account. */
export function ResetPage({ token }: { token: string }) {
  const [password, setPassword] = useState('');
  // The secret need not stay in the history.
  useEffect(() => history.replaceState(null, '', '/sign-in'), []);
  const save = useMutation({ mutationFn: () => api.call(resetPassword, { body: { token, password } }) });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const atField = errorsOf(problem)('/password');
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  return (
    <main className="centre">
      {save.isSuccess ? (
        <div className="panel">
          <div>
            <h1>{t.passwordSet}</h1>
            <p className="muted">{t.passwordSetHelp}</p>
          </div>
          <a className="button primary big" href="/sign-in">
            {t.signIn}
          </a>
        </div>
      ) : (
        <form className="panel" onSubmit={submit}>
          <div>
            <h1>{t.setPassword}</h1>
            <p className="muted">{t.setPasswordHelp}</p>
          </div>
          <TextField
            label={t.newPassword}
            type="password"
            value={password}
            onChange={setPassword}
            autoComplete="new-password"
            help={t.passwordHelp}
            error={atField}
            wide
          />
          {problem === undefined || atField !== undefined ? null : <ProblemAlert problem={problem} />}
          <button type="submit" className="button primary big" disabled={save.isPending}>
            {save.isPending ? t.saving : t.save}
          </button>
        </form>
      )}
    </main>
  );
}
