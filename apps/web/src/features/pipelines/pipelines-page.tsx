import { PageHeader, Tabs } from '@quarterdeck/ui';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { ConnectionsPanel } from './connections-panel.tsx';
import { DeliveriesPanel } from './deliveries-panel.tsx';
import { EffectsPanel } from './effects-panel.tsx';
import { HooksPanel } from './hooks-panel.tsx';
import { t } from './pipelines.messages.ts';
import { TriggersPanel } from './triggers-panel.tsx';

const tabs = [
  { key: 'deliveries', title: t.deliveries, help: t.deliveriesHelp },
  { key: 'triggers', title: t.triggers, help: t.triggersHelp },
  { key: 'hooks', title: t.hooks, help: t.hooksHelp },
  { key: 'connections', title: t.connections, help: t.connectionsHelp },
  { key: 'sent', title: t.sent, help: t.sentHelp },
] as const;

/** From a push to a release: what arrived, what deploys by itself, where events come from and messages go to. */
export function PipelinesPage() {
  const navigate = useNavigate();
  const { deliveryId } = useParams({ strict: false }) as { deliveryId?: string };
  const { tab = 'deliveries' } = useSearch({ strict: false }) as { tab?: string };
  const current = tabs.find(({ key }) => key === tab) ?? tabs[0];
  const go = (key: string) =>
    void navigate({
      to: '/pipelines',
      search: ((before: object) => ({
        ...before,
        q: undefined,
        state: undefined,
        tab: key === 'deliveries' ? undefined : key,
      })) as never,
    });
  return (
    <>
      <PageHeader title={t.pipelines}>{current.help}</PageHeader>
      <Tabs label={t.parts} tabs={tabs} current={current.key} onChange={go} />
      {current.key === 'deliveries' ? <DeliveriesPanel selected={deliveryId} onHooks={() => go('hooks')} /> : null}
      {current.key === 'triggers' ? <TriggersPanel /> : null}
      {current.key === 'hooks' ? <HooksPanel /> : null}
      {current.key === 'connections' ? <ConnectionsPanel /> : null}
      {current.key === 'sent' ? <EffectsPanel /> : null}
    </>
  );
}
