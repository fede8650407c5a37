import { signIn, startProviderSignIn } from '@quarterdeck/contracts/identity';
import { ProblemAlert } from '@quarterdeck/ui';
import { IconLogin2 } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './identity.messages.ts';
import { providersQuery } from './identity.queries.ts';
import { TextField } from './text-field.tsx';

/** Providers first; local accounts below, folded where they are for emergencies. */
export function SignInPage({ note }: { note?: string }) {
  const data = useQuery(providersQuery).data;
  const providers = data?.providers.filter(({ kind }) => kind === 'oidc') ?? [];
  return (
    <main className="centre">
      <div className="panel">
        <h1>{t.signInTo}</h1>
        {note === undefined ? null : <p className="muted">{note}</p>}
        <ProviderProblem />
        {providers.map((provider) => (
          <ProviderButton key={provider.id} id={provider.id} name={provider.name} />
        ))}
        {data?.localIsBreakGlass === true ? (
          <details>
            <summary>{t.localAccount}</summary>
            <div className="stack below">
              <p className="notice degraded">{t.breakGlass}</p>
              <LocalSignIn focus={false} />
            </div>
          </details>
        ) : (
          <LocalSignIn focus />
        )}
      </div>
    </main>
  );
}

/** Why the provider sent one back: the code leads to our own words, nothing of the address is shown. */
function ProviderProblem() {
  const code = new URLSearchParams(location.search).get('problem');
  if (location.pathname !== '/sign-in' || code === null) return null;
  return (
    <div className="notice failed" role="alert">
      <div>
        <strong>{t.providerFailed}</strong>
        <p>
          {t.providerProblems[code] ?? t.providerProblemOther} {t.tryAgain}
        </p>
      </div>
    </div>
  );
}

function ProviderButton({ id, name }: { id: string; name: string }) {
  const start = useMutation({
    mutationFn: () => api.call(startProviderSignIn, { params: { id }, body: { returnTo: returnTo() } }),
    onSuccess: ({ location: there }) => location.assign(there),
  });
  const isLeaving = start.isPending || start.isSuccess;
  return (
    <>
      <button type="button" className="button primary big" disabled={isLeaving} onClick={() => start.mutate()}>
        <IconLogin2 size={18} aria-hidden="true" />
        {isLeaving ? t.goingTo(name) : t.signInWith(name)}
      </button>
      {start.isError ? <ProblemAlert problem={problemOf(start.error)} /> : null}
    </>
  );
}

/** The page that is open, so that one comes back to it. */
export function returnTo(): string {
  const path = location.pathname === '/sign-in' || location.pathname === '/setup' ? '/' : location.pathname;
  return path === '/' ? '/' : `${path}${location.search}`;
}

function LocalSignIn({ focus }: { focus: boolean }) {
  const queries = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string | undefined>();
  useEffect(() => {
    if (focus) form.current?.querySelector('input')?.focus();
  }, [focus]);
  const enter = useMutation({
    mutationFn: () =>
      api.call(signIn, { body: { name, password, ...(code === undefined || code === '' ? {} : { code }) } }),
    onSuccess: async () => {
      if (location.pathname === '/sign-in') history.replaceState(null, '', '/');
      await queries.invalidateQueries();
    },
    onError: (error) => {
      if (problemOf(error).code === 'second_factor_required') setCode('');
    },
  });
  const asksCode = code !== undefined;
  useEffect(() => {
    if (asksCode) form.current?.querySelector<HTMLInputElement>('[autocomplete="one-time-code"]')?.focus();
  }, [asksCode]);
  function submit(event: FormEvent): void {
    event.preventDefault();
    enter.mutate();
  }
  const problem = enter.isError ? problemOf(enter.error) : undefined;
  return (
    <form className="stack" onSubmit={submit} ref={form}>
      <TextField label={t.accountName} value={name} onChange={setName} autoComplete="username" wide />
      <TextField
        label={t.password}
        type="password"
        value={password}
        onChange={setPassword}
        autoComplete="current-password"
        wide
      />
      {code === undefined ? null : (
        <TextField
          label={t.code}
          value={code}
          onChange={setCode}
          autoComplete="one-time-code"
          help={t.codeHelp}
          error={problem?.code === 'second_factor_failed' ? problem.detail : undefined}
          wide
        />
      )}
      {problem === undefined || problem.code.startsWith('second_factor') ? null : <ProblemAlert problem={problem} />}
      <button type="submit" className="button primary big" disabled={enter.isPending}>
        {enter.isPending ? t.signingIn : t.signIn}
      </button>
    </form>
  );
}
