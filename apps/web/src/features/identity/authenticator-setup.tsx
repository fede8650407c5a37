import { confirmTotp, startTotp } from '@quarterdeck/contracts/identity';
import { CopyButton, ProblemAlert, Skeleton } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { t } from './identity.messages.ts';
import { meQuery } from './identity.queries.ts';
import { QrCode } from './qr-code.tsx';
import { TextField } from './text-field.tsx';

/** Secret into the authenticator, its first code back, then the recovery codes, once. */
export function AuthenticatorSetup({ onDone }: { onDone: () => void }) {
  const queries = useQueryClient();
  const [code, setCode] = useState('');
  const start = useMutation({ mutationFn: () => api.call(startTotp, {}) });
  const confirm = useMutation({ mutationFn: () => api.call(confirmTotp, { body: { code: code.trim() } }) });
  const begun = useRef(false);
  useEffect(() => {
    // Each start makes a new secret: once is enough, also where effects run twice.
    if (begun.current) return;
    begun.current = true;
    start.mutate();
  }, [start.mutate]);
  function submit(event: FormEvent): void {
    event.preventDefault();
    confirm.mutate();
  }
  if (confirm.isSuccess) {
    return (
      <RecoveryCodes
        codes={confirm.data.recoveryCodes}
        onDone={() => {
          void queries.invalidateQueries({ queryKey: meQuery.queryKey });
          onDone();
        }}
      />
    );
  }
  if (start.isError) return <ProblemAlert problem={problemOf(start.error)} onRetry={() => start.mutate()} />;
  if (start.data === undefined) return <Skeleton rows={4} />;
  const problem = confirm.isError ? problemOf(confirm.error) : undefined;
  return (
    <form className="stack" onSubmit={submit}>
      <p>{t.scan}</p>
      <QrCode text={start.data.uri} label={t.scan} />
      <div className="row wrap">
        <span className="muted">{t.secret}</span>
        <code>{start.data.secret.match(/.{1,4}/g)?.join(' ')}</code>
        <CopyButton text={start.data.secret} />
      </div>
      <TextField
        label={t.firstCode}
        value={code}
        onChange={setCode}
        inputMode="numeric"
        autoComplete="one-time-code"
        error={problem?.detail}
      />
      <div className="row">
        <button type="submit" className="button primary" disabled={confirm.isPending || code.trim().length < 6}>
          {t.turnOn}
        </button>
      </div>
    </form>
  );
}

/** Shown once. */
export function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  return (
    <div className="stack">
      <h3>{t.codesTitle}</h3>
      <p className="notice degraded">{t.codesHelp}</p>
      <ul className="codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="row">
        <CopyButton text={codes.join('\n')} label={t.copyCodes} />
        <button type="button" className="button primary" onClick={onDone}>
          {t.codesStored}
        </button>
      </div>
    </div>
  );
}
