import type { Hook } from '@quarterdeck/contracts';
import { AgeText, CodeBlock, Drawer } from '@quarterdeck/ui';
import { AuditLink } from '../../platform/audit-link.tsx';
import { t } from './pipelines.messages.ts';

/** One hook: its address, how it is doing, and what can be done to it. */
export function HookDrawer(props: {
  hook: Hook;
  onClose: () => void;
  onToggle: () => void;
  onRenew: () => void;
  onDelete: () => void;
}) {
  const { hook } = props;
  return (
    <Drawer title={hook.name} onClose={props.onClose}>
      <p className="muted">{t.sourceHelp[hook.source]}</p>
      <h3>{t.address}</h3>
      <CodeBlock code={hook.url} />
      <dl className="facts">
        <dt>{t.source}</dt>
        <dd>
          {t.sources[hook.source]} {hook.connection ?? hook.registry}
        </dd>
        <dt>{t.lastEvent}</dt>
        <dd>{hook.lastDeliveryAt === undefined ? t.never : <AgeText at={hook.lastDeliveryAt} />}</dd>
        {hook.lastRejectedAt === undefined ? null : (
          <>
            <dt>{t.lastRejected}</dt>
            <dd>
              <AgeText at={hook.lastRejectedAt} />
            </dd>
          </>
        )}
        {hook.requireSignature ? (
          <>
            <dt>{t.proof}</dt>
            <dd>{t.requireSignature}</dd>
          </>
        ) : null}
      </dl>
      <div className="row wrap">
        <AuditLink target={hook.id} />
        <button type="button" className="button" onClick={props.onToggle}>
          {hook.enabled ? t.turnOff : t.turnOn}
        </button>
        <button type="button" className="button" onClick={props.onRenew}>
          {t.renew}
        </button>
        <button type="button" className="button danger" onClick={props.onDelete}>
          {t.delete}
        </button>
      </div>
    </Drawer>
  );
}
