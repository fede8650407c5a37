import { inventoryHealth } from '@quarterdeck/contracts';
import type { EventRow, HealthLevel, ObjectRow } from '@quarterdeck/kubernetes';

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
