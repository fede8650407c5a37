import { inventoryHealth } from '@quarterdeck/contracts';

/** A projected object, as the reflector hands it over. */
export type ObjectRow = {
  /** Empty for objects without a namespace. */
  namespace: string;
  name: string;
  uid: string;
  createdAt: Date | undefined;
  health: (typeof inventoryHealth)[number];
  statusText: string;
  ready?: number | undefined;
  desired?: number | undefined;
  restarts?: number | undefined;
  node?: string | undefined;
  ownerUid?: string | undefined;
  cpuMilli?: number | undefined;
  memoryBytes?: number | undefined;
  labels: Record<string, string>;
  facts: Record<string, unknown>;
  /** Lower-case words that the text filter finds. */
  search: string;
};

export type EventRow = {
  namespace: string;
  uid: string;
  /** `Pod/cart-7d9f`. */
  object: string;
  objectUid: string;
  type: string;
  reason: string;
  message: string;
  count: number;
  firstAt: Date;
  lastAt: Date;
};

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

export function healthNumber(health: (typeof inventoryHealth)[number]): number {
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
