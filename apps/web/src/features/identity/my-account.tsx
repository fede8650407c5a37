import type { Me } from '@quarterdeck/contracts';
import { changePassword, updateMe } from '@quarterdeck/contracts/identity';
import { DateText, Dialog, ProblemAlert } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, errorsOf, problemOf } from '../../platform/api.ts';
import { t } from './identity.messages.ts';
import { meQuery } from './identity.queries.ts';
import { TextField } from './text-field.tsx';

/** Who one is here, and what of it can be changed here. */
export function MyAccount({ me }: { me: Me }) {
  const [layer, setLayer] = useState<'edit' | 'password' | undefined>();
  const [changed, setChanged] = useState(false);
  return (
    <section className="stack" aria-labelledby="my-account">
      <div className="spread">
        <h2 id="my-account">{t.account}</h2>
        {me.provider === undefined ? (
          <div className="row">
            <button type="button" className="button" onClick={() => setLayer('edit')}>
              {t.edit}
            </button>
            <button type="button" className="button" onClick={() => setLayer('password')}>
              {t.changePassword}
            </button>
          </div>
        ) : null}
      </div>
      {changed ? (
        <p className="notice stale" role="status">
          {t.passwordChanged}
        </p>
      ) : null}
      {me.groupsError === undefined ? null : (
        <p className="notice degraded">
          {t.groupsError} {me.groupsError}
        </p>
      )}
      <div className="panel">
        <dl className="facts">
          <dt>{t.name}</dt>
          <dd>
            <code>{me.user.name}</code>
          </dd>
          <dt>{t.displayName}</dt>
          <dd>{me.user.displayName}</dd>
          <dt>{t.email}</dt>
          <dd>{me.user.email ?? '—'}</dd>
          <dt>{t.source}</dt>
          <dd>
            {me.provider === undefined ? t.local : t.byProvider(me.provider.name)}
            {me.provider === undefined ? null : <p className="muted">{t.byProviderHelp}</p>}
          </dd>
          <dt>{t.since}</dt>
          <dd>
            <DateText at={me.user.createdAt} />
          </dd>
        </dl>
      </div>
      {layer === 'edit' ? <EditDialog me={me} onClose={() => setLayer(undefined)} /> : null}
      {layer === 'password' ? (
        <PasswordDialog
          onClose={(done) => {
            setLayer(undefined);
            setChanged(done);
          }}
        />
      ) : null}
    </section>
  );
}

function EditDialog({ me, onClose }: { me: Me; onClose: () => void }) {
  const queries = useQueryClient();
  const [displayName, setDisplayName] = useState(me.user.displayName);
  const [email, setEmail] = useState(me.user.email ?? '');
  const save = useMutation({
    mutationFn: () => api.call(updateMe, { body: { displayName, email: email.trim() === '' ? null : email.trim() } }),
    onSuccess: (next) => {
      queries.setQueryData(meQuery.queryKey, next);
      onClose();
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const at = errorsOf(problem);
  return (
    <Dialog title={t.account} onClose={onClose}>
      <form
        className="stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextField label={t.displayName} value={displayName} onChange={setDisplayName} error={at('/displayName')} />
        <TextField
          label={t.email}
          type="email"
          value={email}
          onChange={setEmail}
          help={t.emailHelp}
          error={at('/email')}
        />
        {problem === undefined || problem.errors !== undefined ? null : <ProblemAlert problem={problem} />}
        <Buttons pending={save.isPending} label={t.save} onCancel={onClose} />
      </form>
    </Dialog>
  );
}

function PasswordDialog({ onClose }: { onClose: (done: boolean) => void }) {
  const queries = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const save = useMutation({
    mutationFn: () => api.call(changePassword, { body: { current, next } }),
    onSuccess: async (me) => {
      queries.setQueryData(meQuery.queryKey, me);
      await queries.invalidateQueries({ queryKey: ['identity', 'sessions'] });
      onClose(true);
    },
  });
  const problem = save.isError ? problemOf(save.error) : undefined;
  const at = errorsOf(problem);
  return (
    <Dialog title={t.changePassword} onClose={() => onClose(false)}>
      <form
        className="stack"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextField
          label={t.currentPassword}
          type="password"
          value={current}
          onChange={setCurrent}
          autoComplete="current-password"
          error={at('/current')}
        />
        <TextField
          label={t.newPassword}
          type="password"
          value={next}
          onChange={setNext}
          autoComplete="new-password"
          help={t.passwordHelp}
          error={at('/next')}
        />
        {problem === undefined || problem.errors !== undefined ? null : <ProblemAlert problem={problem} />}
        <Buttons pending={save.isPending} label={t.changePassword} onCancel={() => onClose(false)} />
      </form>
    </Dialog>
  );
}

function Buttons({ pending, label, onCancel }: { pending: boolean; label: string; onCancel: () => void }) {
  return (
    <div className="row">
      <button type="submit" className="button primary" disabled={pending}>
        {pending ? t.saving : label}
      </button>
      <button type="button" className="button" onClick={onCancel}>
        {t.cancel}
      </button>
    </div>
  );
}
