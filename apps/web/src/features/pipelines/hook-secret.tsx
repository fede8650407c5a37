import type { Hook } from '@quarterdeck/contracts';
import { CopyButton, Dialog } from '@quarterdeck/ui';
import { useId } from 'react';
import { t } from './pipelines.messages.ts';

/** Address and secret with where they go. Stays until it is closed by its own button: Escape would lose the secret. */
export function HookSecret({ hook, secret, onClose }: { hook: Hook; secret: string; onClose: () => void }) {
  const ids = { url: useId(), secret: useId() };
  const shown = hook.source === 'gitlab' ? secret : t.authHeader(secret);
  return (
    <Dialog title={t.secretTitle(hook.name)} onClose={() => {}}>
      <p className="notice degraded">{t.secretOnce}</p>
      <p>{t.where[hook.source]}</p>
      <div className="field wide">
        <label htmlFor={ids.url}>{t.address}</label>
        <textarea
          id={ids.url}
          className="token"
          rows={2}
          readOnly
          value={hook.url}
          onFocus={(event) => event.target.select()}
        />
        <div className="row">
          <CopyButton text={hook.url} label={t.copyUrl} />
        </div>
      </div>
      <div className="field wide">
        <label htmlFor={ids.secret}>{t.secret}</label>
        <textarea
          id={ids.secret}
          className="token"
          rows={2}
          readOnly
          value={shown}
          data-autofocus
          onFocus={(event) => event.target.select()}
        />
        <div className="row">
          <CopyButton text={shown} label={t.copySecret} />
          <button type="button" className="button primary" onClick={onClose}>
            {t.done}
          </button>
        </div>
      </div>
    </Dialog>
  );
}
