import { ConfirmDanger } from '@quarterdeck/ui';
import { useBlocker } from '@tanstack/react-router';
import { t } from './platform.messages.ts';

/**
 * Asks before what was typed is lost: by a link, another tab of the page, or closing the browser's tab.
 * @param what is lost, at the beginning of a sentence
 */
export function UnsavedGuard({ isOn, what }: { isOn: boolean; what: string }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => isOn,
    enableBeforeUnload: () => isOn,
    withResolver: true,
  });
  return status === 'blocked' ? <ConfirmLeave what={what} onLeave={proceed} onStay={reset} /> : null;
}

export function ConfirmLeave({ what, onLeave, onStay }: { what: string; onLeave: () => void; onStay: () => void }) {
  return (
    <ConfirmDanger
      title={t.leaveUnsaved}
      verb={t.leave}
      level="L2"
      pending={false}
      onConfirm={onLeave}
      onClose={onStay}
    >
      <p>{t.leaveUnsavedHint(what)}</p>
    </ConfirmDanger>
  );
}
