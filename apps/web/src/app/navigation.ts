import type { Permission } from '@quarterdeck/contracts';
import {
  IconApps,
  IconCpu,
  IconGitMerge,
  IconHistory,
  IconHome,
  IconListSearch,
  IconRocket,
  IconServer2,
  IconSettings,
  IconStack2,
  IconTemplate,
  IconUsersGroup,
} from '@tabler/icons-react';
import { t } from './shell.messages.ts';

export type NavItem = {
  to: string;
  label: string;
  icon: typeof IconHome;
  /** After `g`. */
  key: string;
  /** Who may not read it does not see it. */
  permission?: Permission;
};
export type NavGroup = {
  title: string | undefined;
  /** Whose attention list counts into the badge. */
  badge?: 'deliver' | 'fleet';
  items: readonly NavItem[];
};

/** The rail, the palette's pages and the `g` keys: one list for all three. */
export const navigation: readonly NavGroup[] = [
  { title: undefined, items: [{ to: '/', label: t.home, icon: IconHome, key: 'h' }] },
  {
    title: t.deliver,
    badge: 'deliver',
    items: [
      { to: '/applications', label: t.applications, icon: IconApps, key: 'a', permission: 'applications:read' },
      { to: '/releases', label: t.releases, icon: IconRocket, key: 'r', permission: 'releases:read' },
      { to: '/pipelines', label: t.pipelines, icon: IconGitMerge, key: 'p', permission: 'pipelines:read' },
      { to: '/templates', label: t.templates, icon: IconTemplate, key: 't', permission: 'templates:read' },
    ],
  },
  {
    title: t.fleet,
    badge: 'fleet',
    items: [
      { to: '/clusters', label: t.clusters, icon: IconServer2, key: 'c', permission: 'clusters:read' },
      { to: '/workloads', label: t.workloads, icon: IconStack2, key: 'w', permission: 'inventory:read' },
      { to: '/nodes', label: t.nodes, icon: IconCpu, key: 'n', permission: 'inventory:read' },
      { to: '/inventory', label: t.inventory, icon: IconListSearch, key: 'i', permission: 'inventory:read' },
    ],
  },
  {
    title: t.govern,
    items: [
      { to: '/access', label: t.access, icon: IconUsersGroup, key: 'x', permission: 'access:read' },
      { to: '/audit', label: t.audit, icon: IconHistory, key: 'u', permission: 'audit:read' },
      { to: '/settings', label: t.settings, icon: IconSettings, key: 's', permission: 'identity:read' },
    ],
  },
];

/** Groups and items a person may read; empty groups are left out. */
export function navigationFor(permissions: readonly string[]): readonly NavGroup[] {
  return navigation
    .map((group) => ({
      ...group,
      items: group.items.filter(({ permission }) => permission === undefined || permissions.includes(permission)),
    }))
    .filter((group) => group.items.length > 0);
}
