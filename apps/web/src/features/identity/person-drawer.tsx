import type { Account, Me } from '@quarterdeck/contracts';
import { createResetLink, endUserSession, endUserSessions, updateUser } from '@quarterdeck/contracts/identity';
import { ActionButton, ConfirmDanger, DateText, Drawer, ProblemAlert, Skeleton, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { accountStatus } from './account-status.ts';
import { LinkShown } from './link-shown.tsx';
import { t } from './people.messages.ts';
import { peopleKey, sessionsOfQuery } from './people.queries.ts';
import { SessionsTable } from './sessions-table.tsx';

/** One account: what it is, where it is signed in, and what may be done with it. */
export function PersonDrawer({ account, me, onClose }: { account: Account; me: Me; onClose: () => void }) {
  const queries = useQueryClient();
  const [layer, setLayer] = useState<'disable' | 'reset' | undefined>();
  const close = () => setLayer(undefined);
  const refresh = () => queries.invalidateQueries({ queryKey: peopleKey });
  const mayManage = me.permissions.includes('identity:manage');
  const isOwn = account.id === me.user.id;
  const change = useMutation({
    mutationFn: (disabled: boolean) => api.call(updateUser, { params: { id: account.id }, body: { disabled } }),
    onSuccess: async () => {
      close();
      await refresh();
    },
  });
  const { status, word } = accountStatus(account);
  const refusal = mayManage ? undefined : t.needs('identity:manage');
  const isDisabled = account.disabledAt !== undefined;
  return (
    <Drawer title={account.displayName} onClose={onClose}>
      <div className="row wrap">
        <StatusDot status={status}>{word}</StatusDot>
        <span className="badge">{account.provider?.name ?? t.local}</span>
        <code className="muted">{account.id}</code>
      </div>
      <dl className="facts">
        <dt>{t.account}</dt>
        <dd>{account.name}</dd>
        <dt>{t.email}</dt>
        <dd>{account.email ?? '—'}</dd>
        <dt>{t.lastSignIn}</dt>
        <dd>{account.lastSignInAt === undefined ? t.never : <DateText at={account.lastSignInAt} />}</dd>
        {account.provider === undefined ? (
          <>
            <dt>{t.secondFactor}</dt>
            <dd>{account.secondFactor ? t.yes : t.no}</dd>
          </>
        ) : null}
        <dt>{t.memberOf}</dt>
        <dd>{account.groups.length === 0 ? t.noGroups : account.groups.map(({ name }) => name).join(', ')}</dd>
      </dl>
      {account.groupsError === undefined ? null : (
        <p className="notice degraded">
          {t.groupsError} {account.groupsError}
        </p>
      )}
      <div className="row wrap">
        {account.provider === undefined ? (
          <ActionButton reason={refusal ?? (isOwn ? t.own : undefined)} onClick={() => setLayer('reset')}>
            {t.resetLink}
          </ActionButton>
        ) : null}
        <ActionButton
          reason={refusal ?? (isOwn ? t.own : undefined)}
          pending={change.isPending}
          onClick={() => (isDisabled ? change.mutate(false) : setLayer('disable'))}
        >
          {isDisabled ? t.enable : t.disable}
        </ActionButton>
      </div>
      {change.isError && layer === undefined ? <ProblemAlert problem={problemOf(change.error)} /> : null}
      {mayManage ? <Sessions id={account.id} /> : null}
      {layer === 'disable' ? (
        <ConfirmDanger
          title={t.disableTitle(account.displayName)}
          verb={t.disable}
          level="L2"
          pending={change.isPending}
          error={change.isError ? <ProblemAlert problem={problemOf(change.error)} /> : undefined}
          onConfirm={() => change.mutate(true)}
          onClose={close}
        >
          <p>{t.disableText}</p>
        </ConfirmDanger>
      ) : null}
      {layer === 'reset' ? <ResetDialog account={account} onClose={close} /> : null}
    </Drawer>
  );
}

function Sessions({ id }: { id: string }) {
  const queries = useQueryClient();
  const list = useQuery(sessionsOfQuery(id));
  const refresh = () => queries.invalidateQueries({ queryKey: peopleKey });
  const endAll = useMutation({
    mutationFn: () => api.call(endUserSessions, { params: { id } }),
    onSettled: refresh,
  });
  const endOne = useMutation({
    mutationFn: (session: string) => api.call(endUserSession, { params: { id, session } }),
    onSettled: refresh,
  });
  const failed = [endAll, endOne].find(({ isError }) => isError)?.error;
  const rows = list.data?.items ?? [];
  return (
    <section className="stack" aria-labelledby="person-sessions">
      <div className="spread">
        <h3 id="person-sessions">{t.sessions}</h3>
        <ActionButton
          small
          reason={rows.length === 0 ? t.noSessions : undefined}
          pending={endAll.isPending}
          onClick={() => endAll.mutate()}
        >
          {t.endAll}
        </ActionButton>
      </div>
      {failed === undefined ? null : <ProblemAlert problem={problemOf(failed)} />}
      {list.isPending ? <Skeleton rows={2} /> : null}
      {list.isError ? <ProblemAlert problem={problemOf(list.error)} onRetry={() => void list.refetch()} /> : null}
      {list.isSuccess && rows.length === 0 ? <p className="muted">{t.noSessions}</p> : null}
      {rows.length > 0 ? (
        <SessionsTable narrow sessions={rows} pending={endOne.isPending} onEnd={(session) => endOne.mutate(session)} />
      ) : null}
    </section>
  );
}

function ResetDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const [secondFactorToo, setSecondFactorToo] = useState(false);
  const make = useMutation({
    mutationFn: () => api.call(createResetLink, { params: { id: account.id }, body: { secondFactorToo } }),
  });
  if (make.isSuccess) return <LinkShown name={account.displayName} link={make.data} onClose={onClose} />;
  return (
    <ConfirmDanger
      title={t.resetTitle(account.displayName)}
      verb={t.makeLink}
      level="L2"
      pending={make.isPending}
      error={make.isError ? <ProblemAlert problem={problemOf(make.error)} /> : undefined}
      onConfirm={() => make.mutate()}
      onClose={onClose}
    >
      <p>{t.resetText}</p>
      {account.secondFactor ? (
        <label className="option">
          <input
            type="checkbox"
            checked={secondFactorToo}
            onChange={(event) => setSecondFactorToo(event.target.checked)}
          />
          <span>{t.resetFactor}</span>
        </label>
      ) : null}
    </ConfirmDanger>
  );
}
