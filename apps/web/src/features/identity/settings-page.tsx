import { PageHeader, Tabs } from '@quarterdeck/ui';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams } from '@tanstack/react-router';
import { GroupsPanel } from './groups-panel.tsx';
import { meQuery } from './identity.queries.ts';
import { t } from './people.messages.ts';
import { PeoplePanel } from './people-panel.tsx';
import { ProvidersPanel } from './providers-panel.tsx';

/** Settings of the installation; each part has an address of its own. */
export function SettingsPage() {
  const navigate = useNavigate();
  const { section } = useParams({ strict: false }) as { section?: string };
  const permissions = useQuery(meQuery).data?.permissions ?? [];
  const tabs = [
    ...(permissions.includes('identity:configure') ? [{ key: 'identity', title: t.identity }] : []),
    ...(permissions.includes('identity:read')
      ? [
          { key: 'users', title: t.people },
          { key: 'groups', title: t.groups },
        ]
      : []),
  ];
  const current = tabs.find(({ key }) => key === section)?.key ?? tabs[0]?.key;
  return (
    <>
      <PageHeader title={t.settings}>{t.settingsHelp}</PageHeader>
      <Tabs
        label={t.parts}
        tabs={tabs}
        current={current ?? ''}
        onChange={(key) =>
          void navigate({ to: '/settings/$section', params: { section: key } as never, search: {} as never })
        }
      />
      {current === 'identity' ? <ProvidersPanel /> : null}
      {current === 'users' ? <PeoplePanel /> : null}
      {current === 'groups' ? <GroupsPanel /> : null}
    </>
  );
}
