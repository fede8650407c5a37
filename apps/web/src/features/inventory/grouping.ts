import type { InventoryObject } from '@quarterdeck/contracts';
import type { InventoryKind } from '../../platform/kinds.ts';
import type { ObjectFilters } from './use-objects.ts';

/** What rows can be grouped by; `label:<name>` groups by the values of one label. */
export const groupFields = ['cluster', 'namespace', 'node', 'status', 'health'] as const;
export type GroupField = (typeof groupFields)[number];
export type Grouping = { field: GroupField | 'label'; label?: string };

/** Fields that say something of a kind. */
export function fieldsOf({ plural, namespaced }: Pick<InventoryKind, 'plural' | 'namespaced'>): GroupField[] {
  return groupFields.filter(
    (field) => (field !== 'namespace' || namespaced) && (field !== 'node' || plural === 'pods'),
  );
}

/** The grouping a URL asks for; what it does not know groups nothing. */
export function parseGrouping(text: string | undefined): Grouping | undefined {
  if (text?.startsWith('label:') && text.length > 'label:'.length)
    return { field: 'label', label: text.slice('label:'.length) };
  const field = groupFields.find((each) => each === text);
  return field === undefined ? undefined : { field };
}

export function groupingText({ field, label }: Grouping): string {
  return field === 'label' ? `label:${label}` : field;
}

/** The filters of one group: those of the list and the group's own value. */
export function filtersOf(filters: ObjectFilters, { field, label }: Grouping, value: string): ObjectFilters {
  switch (field) {
    case 'cluster':
      return { ...filters, clusters: value };
    case 'namespace':
      return { ...filters, namespaces: value };
    case 'label':
      return { ...filters, labels: [filters.labels, `${label}=${value}`].filter(Boolean).join(',') };
    default:
      return { ...filters, [field]: value };
  }
}

/** The group that an object stands in; `undefined` where it has no value. */
export function groupOf(row: InventoryObject, { field, label = '' }: Grouping): string | undefined {
  if (field === 'label') return row.labels[label];
  return field === 'status' ? row.statusText : row[field];
}
