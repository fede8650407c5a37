import type { Me } from '@quarterdeck/contracts';
import { removeTotp, renewRecoveryCodes } from '@quarterdeck/contracts/identity';
import { ConfirmDanger, Dialog, ProblemAlert, StatusDot } from '@quarterdeck/ui';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, problemOf } from '../../platform/api.ts';
import { AuthenticatorSetup, RecoveryCodes } from './authenticator-setup.tsx';
import { t } from './identity.messages.ts';
import { meQuery } from './identity.queries.ts';

/** The authenticator of a local account. */
export function MySecondFactor({ me }: { me: Me }) {
  const queries = useQueryClient();
  const [layer, setLayer] = useState<'setup' | 'off' | undefined>();
  const close = () => setLayer(undefined);
  const renew = useMutation({ mutationFn: () => api.call(renewRecoveryCodes, {}) });
  const remove = useMutation({
    mutationFn: () => api.call(removeTotp, {}),
    onSuccess: async () => {
      close();
      await queries.invalidateQueries({ queryKey: meQuery.queryKey });
    },
  });
  const isOn = me.secondFactor === 'on';
  const help = {
    on: t.factorOnHelp,
    off: '',
    owed: t.owedHelp,
    provider: t.factorAtProvider,
    unavailable: t.factorUnavailable,
  }[me.secondFactor];
  return (
    <section className="stack" aria-labelledby="my-factor">
      <div className="spread">
        <div>
          <h2 id="my-factor" className="row">
            {t.secondFactor}
            {isOn ? <StatusDot status="healthy">{t.factorOn}</StatusDot> : null}
          </h2>
          <p className="muted">{help}</p>
        </div>
        {isOn ? (
          <div className="row">
            <button type="button" className="button" disabled={renew.isPending} onClick={() => renew.mutate()}>
              {t.newCodes}
            </button>
            <button type="button" className="button" onClick={() => setLayer('off')}>
              {t.turnOff}
            </button>
          </div>
        ) : null}
        {me.secondFactor === 'off' || me.secondFactor === 'owed' ? (
          <button type="button" className="button" onClick={() => setLayer('setup')}>
            {t.setUp}
          </button>
        ) : null}
      </div>
      {renew.isError ? <ProblemAlert problem={problemOf(renew.error)} /> : null}
      {renew.isSuccess ? (
        <Dialog title={t.newCodes} onClose={() => {}}>
          <RecoveryCodes codes={renew.data.recoveryCodes} onDone={() => renew.reset()} />
        </Dialog>
      ) : null}
      {layer === 'setup' ? (
        <Dialog title={t.setUp} onClose={close}>
          <AuthenticatorSetup onDone={close} />
        </Dialog>
      ) : null}
      {layer === 'off' ? (
        <ConfirmDanger
          title={t.turnOffTitle}
          verb={t.turnOff}
          level="L2"
          pending={remove.isPending}
          error={remove.isError ? <ProblemAlert problem={problemOf(remove.error)} /> : undefined}
          onConfirm={() => remove.mutate()}
          onClose={close}
        >
          <p>{t.turnOffHelp}</p>
        </ConfirmDanger>
      ) : null}
    </section>
  );
}
