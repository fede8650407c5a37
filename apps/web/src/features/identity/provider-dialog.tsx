import type { IdentityProvider } from '@quarterdeck/contracts';
import {
  createIdentityProvider,
  signingAlgorithms,
  testIdentityProvider,
  updateIdentityProvider,
} from '@quarterdeck/contracts/identity';
import { CodeBlock, Dialog, ProblemAlert } from '@quarterdeck/ui';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { t } from './people.messages.ts';
import { TestReport } from './provider-report.tsx';
import { TextField } from './text-field.tsx';

type Form = {
  name: string;
  issuer: string;
  clientId: string;
  clientSecret: string;
  groupsClaim: string;
  scopes: string;
  signingAlgorithm: (typeof signingAlgorithms)[number];
  caPem: string;
};

type Draft = { id: string; redirectUris: readonly string[]; backchannelLogoutUri: string };

/** A new provider, whose addresses are known before it is saved, or one that is changed. */
export function ProviderDialog(props: {
  provider?: IdentityProvider;
  draft?: Draft;
  onClose: () => void;
  onSaved: () => Promise<void>;
}) {
  const { provider, onClose } = props;
  // The list behind is read again now and then, with another draft: this one was shown and may be registered.
  const [addresses] = useState<Draft | undefined>(provider ?? props.draft);
  const [form, setForm] = useState<Form>(() => initial(provider));
  const set = (field: keyof Form) => (value: string) => setForm((before) => ({ ...before, [field]: value }));
  const test = useMutation({
    mutationFn: () => api.call(testIdentityProvider, { body: { ...draftOf(form), id: addresses?.id } }),
  });
  const save = useMutation({
    mutationFn: () =>
      provider === undefined
        ? api.call(createIdentityProvider, {
            body: { ...draftOf(form), name: form.name, clientSecret: form.clientSecret, id: addresses?.id },
          })
        : api.call(updateIdentityProvider, { params: { id: provider.id }, body: changeOf(form) }),
    onSuccess: async () => {
      onClose();
      await props.onSaved();
    },
  });
  const failed = save.isError ? save.error : test.isError ? test.error : undefined;
  const problem = failed === undefined ? undefined : problemOf(failed);
  const at = errorsOf(problem);
  const algorithmId = useId();
  function submit(event: FormEvent): void {
    event.preventDefault();
    save.mutate();
  }
  return (
    <Dialog title={provider === undefined ? t.newProvider : t.editProvider(provider.name)} onClose={onClose}>
      <form className="stack" onSubmit={submit}>
        <h3>{t.registerFirst}</h3>
        <p className="muted">{t.registerHelp}</p>
        <CodeBlock code={addresses?.redirectUris.join('\n') ?? ''} />
        <details>
          <summary>{t.backchannel}</summary>
          <CodeBlock code={addresses?.backchannelLogoutUri ?? ''} />
        </details>
        <h3>{t.settingsOf}</h3>
        <TextField label={t.name} value={form.name} onChange={set('name')} help={t.nameHelp} error={at('/name')} />
        <TextField
          label={t.issuer}
          value={form.issuer}
          onChange={set('issuer')}
          readOnly={provider !== undefined}
          help={provider === undefined ? t.issuerHelp : t.issuerStays}
          error={at('/issuer')}
        />
        <TextField
          label={t.clientId}
          value={form.clientId}
          onChange={set('clientId')}
          error={at('/clientId')}
          autoComplete="off"
        />
        <TextField
          label={t.clientSecret}
          type="password"
          value={form.clientSecret}
          onChange={set('clientSecret')}
          autoComplete="off"
          help={provider === undefined ? undefined : t.secretKept}
          error={at('/clientSecret')}
        />
        <TextField
          label={t.groupsClaim}
          value={form.groupsClaim}
          onChange={set('groupsClaim')}
          help={t.groupsClaimHelp}
          error={at('/groupsClaim')}
        />
        <details open={at('/scopes') !== undefined || at('/caPem') !== undefined}>
          <summary>{t.more}</summary>
          <div className="stack below">
            <TextField
              label={t.scopes}
              value={form.scopes}
              onChange={set('scopes')}
              help={t.scopesHelp}
              error={at('/scopes')}
            />
            <div className="field">
              <label htmlFor={algorithmId}>{t.algorithm}</label>
              <select
                id={algorithmId}
                value={form.signingAlgorithm}
                onChange={(event) => set('signingAlgorithm')(event.target.value)}
              >
                {signingAlgorithms.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </div>
            <TextField
              label={t.authority}
              value={form.caPem}
              onChange={set('caPem')}
              rows={4}
              help={t.authorityHelp}
              error={at('/caPem')}
            />
          </div>
        </details>
        <h3>{t.tryFirst}</h3>
        {test.isSuccess ? <TestReport report={test.data} /> : null}
        {problem === undefined ? null : <ProblemAlert problem={problem} />}
        <div className="row">
          <button type="button" className="button" disabled={test.isPending} onClick={() => test.mutate()}>
            {test.isPending ? t.testing : test.isSuccess ? t.testAgain : t.test}
          </button>
          <span className="grow" />
          <button type="button" className="button" onClick={onClose}>
            {t.cancel}
          </button>
          <button type="submit" className="button primary" disabled={save.isPending}>
            {save.isPending ? t.saving : test.data?.ok === false ? t.saveAnyway : t.saveProvider}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function initial(provider: IdentityProvider | undefined): Form {
  return {
    name: provider?.name ?? '',
    issuer: provider?.issuer ?? '',
    clientId: provider?.clientId ?? '',
    clientSecret: '',
    groupsClaim: provider === undefined ? 'groups' : (provider.groupsClaim ?? ''),
    scopes: (provider?.scopes ?? ['openid', 'profile', 'email']).join(' '),
    signingAlgorithm: provider?.signingAlgorithm ?? 'RS256',
    caPem: provider?.caPem ?? '',
  };
}

function scopesOf({ scopes }: Form): string[] {
  return scopes.split(/\s+/).filter((scope) => scope !== '');
}

function draftOf(form: Form) {
  return {
    issuer: form.issuer.trim(),
    clientId: form.clientId.trim(),
    scopes: scopesOf(form),
    signingAlgorithm: form.signingAlgorithm,
    ...(form.clientSecret === '' ? {} : { clientSecret: form.clientSecret }),
    ...(form.groupsClaim.trim() === '' ? {} : { groupsClaim: form.groupsClaim.trim() }),
    ...(form.caPem.trim() === '' ? {} : { caPem: form.caPem.trim() }),
  };
}

function changeOf(form: Form) {
  return {
    name: form.name,
    clientId: form.clientId.trim(),
    scopes: scopesOf(form),
    signingAlgorithm: form.signingAlgorithm,
    groupsClaim: form.groupsClaim.trim() === '' ? null : form.groupsClaim.trim(),
    caPem: form.caPem.trim() === '' ? null : form.caPem.trim(),
    ...(form.clientSecret === '' ? {} : { clientSecret: form.clientSecret }),
  };
}
