import { inventoryHealth as healthNames, type InventoryObject } from '@quarterdeck/contracts';
import { none } from './object-rows.ts';

/** A row as PostgreSQL gives it. Labels and facts stay the JSON text they are until somebody asks what they say. */
export type StoredRow = {
  id: string;
  /** Another one when anything else of the row is another. */
  fp: string;
  cluster_no: number;
  ns_no: number;
  /** Not of the row itself: its number's name. */
  namespace: string;
  name: string;
  uid: string;
  created_at: Date;
  status: number;
  status_text: string;
  ready: number;
  desired: number;
  restarts: number;
  node: string;
  owner_uid: string;
  cpu_m: number;
  memory_b: string;
  labels: string;
  facts: string;
};

export const storedColumns = `o.id, o.fp, o.cluster_no, o.ns_no, o.name, o.uid, o.created_at, o.status, o.status_text, o.ready,
  o.desired, o.restarts, o.node, o.owner_uid, o.cpu_m, o.memory_b, o.labels::text AS labels, o.facts::text AS facts`;

/** What a row does not say itself: its cluster and its kind. */
export type RowPlace = Pick<InventoryObject, 'clusterId' | 'cluster' | 'group' | 'plural' | 'kind'>;

export function toObject(row: StoredRow, place: RowPlace): InventoryObject {
  return {
    ...known(row),
    ...place,
    labels: JSON.parse(row.labels) as InventoryObject['labels'],
    facts: JSON.parse(row.facts) as InventoryObject['facts'],
  };
}

/**
 * The same as JSON text: labels and facts, most of a page, go on as PostgreSQL wrote them.
 * @param place the fields of `RowPlace` as JSON, without braces
 */
export function toJson(row: StoredRow, place: string): string {
  let own = written.get(row);
  if (own === undefined) {
    own = [`${JSON.stringify(known(row)).slice(0, -1)},`, `,"labels":${row.labels},"facts":${row.facts}}`];
    written.set(row, own);
  }
  return `${own[0]}${place}${own[1]}`;
}

/** What a row is as text before and after its place, for rows that are passed on again and again. */
const written = new WeakMap<StoredRow, readonly [string, string]>();

export function placeJson(place: RowPlace): string {
  return JSON.stringify(place).slice(1, -1);
}

/** Sentinels become fields that are not there. */
function known(row: StoredRow): Omit<InventoryObject, keyof RowPlace | 'labels' | 'facts'> {
  return {
    id: row.id,
    ...(row.namespace === '' ? {} : { namespace: row.namespace }),
    name: row.name,
    uid: row.uid,
    ...(row.created_at.getTime() === none.time.getTime() ? {} : { createdAt: row.created_at.toISOString() }),
    health: healthNames[row.status] ?? 'unknown',
    statusText: row.status_text,
    ...(row.ready === none.number ? {} : { ready: row.ready }),
    ...(row.desired === none.number ? {} : { desired: row.desired }),
    ...(row.restarts === none.number ? {} : { restarts: row.restarts }),
    ...(row.node === none.text ? {} : { node: row.node }),
    ...(row.owner_uid === none.text ? {} : { ownerUid: row.owner_uid }),
    ...(row.cpu_m === none.number ? {} : { cpuCores: row.cpu_m / 1000 }),
    ...(Number(row.memory_b) === none.number ? {} : { memoryBytes: Number(row.memory_b) }),
  };
}
