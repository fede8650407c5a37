import { hash } from 'node:crypto';
import { int2Array, int4Array, int8Array, textArray, timeArray } from '@quarterdeck/database';
import { type EventRow, type HealthLevel, healthLevels, type ObjectRow } from '@quarterdeck/kubernetes';

export type { EventRow, ObjectRow };

/** Numbers of the kinds with a projection of their own, as the migrations gave them. */
export const kindNumbers = {
  namespaces: 1,
  nodes: 2,
  pods: 3,
  deployments: 4,
  replicasets: 5,
  services: 6,
  events: 7,
  statefulsets: 8,
  daemonsets: 9,
  jobs: 10,
  cronjobs: 11,
  endpointslices: 12,
  ingresses: 13,
  gateways: 14,
  httproutes: 15,
  grpcroutes: 16,
  tlsroutes: 17,
  tcproutes: 18,
  udproutes: 19,
  persistentvolumeclaims: 20,
  persistentvolumes: 21,
  storageclasses: 22,
  horizontalpodautoscalers: 23,
  poddisruptionbudgets: 24,
  resourcequotas: 25,
  limitranges: 26,
  priorityclasses: 27,
  networkpolicies: 28,
  configmaps: 29,
  secrets: 30,
  serviceaccounts: 31,
} as const;

/** Kinds that say who sees the rows of the others. */
export const rbacNumbers = { clusterroles: 40, roles: 41, clusterrolebindings: 42, rolebindings: 43 } as const;
export type RbacPlural = keyof typeof rbacNumbers;
export const rbacGroup = 'rbac.authorization.k8s.io';

/** `pods` for a kind with a projection of its own, `widgets.example.com` for any other. */
export type KindKey = string;

/** Sort columns hold these instead of NULL: a keyset is then one row comparison. */
export const none = { number: -1, text: '', time: new Date(0) } as const;

/** By the kubernetes package's list, which is the contract's: a thread that watches need not load all contracts. */
export function healthNumber(health: HealthLevel): number {
  return healthLevels.indexOf(health);
}

/**
 * A row as its columns are: nothing missing, objects as their JSON, the time in milliseconds. `fp` is the same for rows
 * that do not differ: 52 bits of a hash over identity and projection, so neither versions nor heartbeats change it.
 */
export type WrittenRow = {
  namespace: string;
  name: string;
  uid: string;
  createdAt: number;
  status: number;
  statusText: string;
  ready: number;
  desired: number;
  restarts: number;
  node: string;
  ownerUid: string;
  cpuMilli: number;
  memoryBytes: number;
  labels: string;
  facts: string;
  search: string;
  fp: number;
};

export function writtenRow(row: ObjectRow): WrittenRow {
  const columns = {
    namespace: row.namespace,
    name: row.name,
    uid: row.uid,
    createdAt: row.createdAt?.getTime() ?? none.time.getTime(),
    status: healthNumber(row.health),
    statusText: row.statusText,
    ready: row.ready ?? none.number,
    desired: row.desired ?? none.number,
    restarts: row.restarts ?? none.number,
    node: row.node ?? none.text,
    ownerUid: row.ownerUid ?? none.text,
    cpuMilli: row.cpuMilli ?? none.number,
    memoryBytes: Math.round(row.memoryBytes ?? none.number),
    labels: JSON.stringify(row.labels),
    facts: JSON.stringify(row.facts),
    search: row.search,
  };
  return { ...columns, fp: fingerprint(columns) };
}

function fingerprint(columns: Omit<WrittenRow, 'fp'>): number {
  // Texts hold no U+0000: what is joined cannot be read two ways.
  return Number.parseInt(hash('sha256', Object.values(columns).join('\u0000'), 'hex').slice(0, 13), 16);
}

type Column = { type: string; array: Buffer };

/** Columns of rows as parameters of `unnest`, in the order of `writtenColumns`. */
export function columnArrays(rows: readonly WrittenRow[]): Column[] {
  const text = (read: (row: WrittenRow) => string) => ({ type: 'text', array: textArray(rows.map(read)) });
  const int = (read: (row: WrittenRow) => number) => ({ type: 'int', array: int4Array(rows.map(read)) });
  const bigint = (read: (row: WrittenRow) => number) => ({ type: 'bigint', array: int8Array(rows.map(read)) });
  return [
    text((row) => row.namespace),
    text((row) => row.name),
    text((row) => row.uid),
    { type: 'timestamptz', array: timeArray(rows.map((row) => row.createdAt)) },
    { type: 'smallint', array: int2Array(rows.map((row) => row.status)) },
    text((row) => row.statusText),
    int((row) => row.ready),
    int((row) => row.desired),
    int((row) => row.restarts),
    text((row) => row.node),
    text((row) => row.ownerUid),
    int((row) => row.cpuMilli),
    bigint((row) => row.memoryBytes),
    text((row) => row.labels),
    text((row) => row.facts),
    text((row) => row.search),
    bigint((row) => row.fp),
  ];
}

/** Columns of `inventory_object` besides its place, as `columnArrays` gives them after namespace and name. */
export const writtenColumns = [
  'uid',
  'created_at',
  'status',
  'status_text',
  'ready',
  'desired',
  'restarts',
  'node',
  'owner_uid',
  'cpu_m',
  'memory_b',
  'labels',
  'facts',
  'search',
  'fp',
] as const;
