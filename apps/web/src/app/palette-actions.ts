import type { InventoryObject } from '@quarterdeck/contracts';
import { actionsOf, type BulkAction, words as deeds } from '../features/inventory/index.ts';
import { objectPath } from '../platform/object-path.ts';
import type { Entry } from './palette-entries.ts';
import { t } from './shell.messages.ts';

/** What the actions of an entry lead to. */
export type Lead = { go: (to: string) => () => void; ask: (action: BulkAction, row: InventoryObject) => () => void };

/** Where one can go from an object, and what can be done with it; a deed is confirmed as on its list. */
export function actionsOfObject(row: InventoryObject, lead: Lead): Entry[] {
  const page = objectPath(row);
  const group = t.actionsOf(row.name);
  const part = (tab: string, label: string): Entry => ({
    key: `${row.id} ${tab}`,
    group,
    label,
    detail: row.cluster,
    run: lead.go(tab === '' ? page : `${page}?tab=${tab}`),
  });
  return [
    part('', t.open),
    part('events', t.parts.events),
    part('yaml', t.parts.yaml),
    ...(isPod(row) ? [part('logs', t.parts.logs), part('terminal', t.parts.terminal)] : []),
    ...actionsOf(row).map(
      (action): Entry => ({
        key: `${row.id} ${action}`,
        group,
        label: `${deeds.names[action]} …`,
        detail: row.cluster,
        run: lead.ask(action, row),
        stays: true,
      }),
    ),
  ];
}

const isPod = ({ group, plural }: InventoryObject) => group === 'core' && plural === 'pods';

/** The parts of the page of a cluster, and its pods. */
export function actionsOfCluster(slug: string, { go }: Pick<Lead, 'go'>): Entry[] {
  const group = t.actionsOf(slug);
  const parts = ['nodes', 'namespaces', 'events', 'health', 'settings'] as const;
  return [
    { key: `${slug} open`, group, label: t.open, detail: '', run: go(`/clusters/${slug}`) },
    ...parts.map(
      (part): Entry => ({
        key: `${slug} ${part}`,
        group,
        label: t.parts[part],
        detail: '',
        run: go(`/clusters/${slug}/${part}`),
      }),
    ),
    {
      key: `${slug} pods`,
      group,
      label: t.podsHere,
      detail: '',
      run: go(`/inventory/core/pods?clusters=${encodeURIComponent(slug)}`),
    },
  ];
}
