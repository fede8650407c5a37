import { inventoryHealth } from '@quarterdeck/contracts';
import type { EventRow, HealthLevel, ObjectRow } from '@quarterdeck/kubernetes';

export type { EventRow, ObjectRow };

export const kindNumbers = {
  namespaces: 1,
  nodes: 2,
  pods: 3,
  deployments: 4,
  replicasets: 5,
  services: 6,
  events: 7,
} as const;
export type WatchedPlural = keyof typeof kindNumbers;
export type ListedPlural = Exclude<WatchedPlural, 'events'>;

/** Sort columns hold these instead of NULL: a keyset is then one row comparison. */
export const none = { number: -1, text: '', time: new Date(0) } as const;

export function healthNumber(health: HealthLevel): number {
  return inventoryHealth.indexOf(health);
}

/** Columns of a row in the order of the upsert's arrays. */
export function rowColumns(rows: readonly ObjectRow[]): unknown[] {
  return [
    rows.map((row) => row.namespace),
    rows.map((row) => row.name),
    rows.map((row) => row.uid),
    rows.map((row) => row.createdAt ?? none.time),
    rows.map((row) => healthNumber(row.health)),
    rows.map((row) => row.statusText),
    rows.map((row) => row.ready ?? none.number),
    rows.map((row) => row.desired ?? none.number),
    rows.map((row) => row.restarts ?? none.number),
    rows.map((row) => row.node ?? none.text),
    rows.map((row) => row.ownerUid ?? none.text),
    rows.map((row) => row.cpuMilli ?? none.number),
    rows.map((row) => Math.round(row.memoryBytes ?? none.number)),
    rows.map((row) => JSON.stringify(row.labels)),
    rows.map((row) => JSON.stringify(row.facts)),
    rows.map((row) => row.search),
  ];
}
