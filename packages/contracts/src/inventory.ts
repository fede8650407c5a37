import { z } from 'zod';
import { endpoint, liveView } from './endpoint.ts';
import { id } from './ids.ts';
import { csv, fleetListOf, listQuery, timeSchema } from './lists.ts';

/**
 * Kinds with facts of their own, by plural and group (`core` for the empty group). Clusters may serve more, which
 * `GET /inventory/kinds` names.
 */
export const inventoryKinds = [
  { group: 'core', plural: 'namespaces', kind: 'Namespace', namespaced: false },
  { group: 'core', plural: 'nodes', kind: 'Node', namespaced: false },
  { group: 'core', plural: 'pods', kind: 'Pod', namespaced: true },
  { group: 'apps', plural: 'deployments', kind: 'Deployment', namespaced: true },
  { group: 'apps', plural: 'replicasets', kind: 'ReplicaSet', namespaced: true },
  { group: 'apps', plural: 'statefulsets', kind: 'StatefulSet', namespaced: true },
  { group: 'apps', plural: 'daemonsets', kind: 'DaemonSet', namespaced: true },
  { group: 'batch', plural: 'jobs', kind: 'Job', namespaced: true },
  { group: 'batch', plural: 'cronjobs', kind: 'CronJob', namespaced: true },
  { group: 'core', plural: 'services', kind: 'Service', namespaced: true },
  { group: 'discovery.k8s.io', plural: 'endpointslices', kind: 'EndpointSlice', namespaced: true },
  { group: 'networking.k8s.io', plural: 'ingresses', kind: 'Ingress', namespaced: true },
  { group: 'gateway.networking.k8s.io', plural: 'gateways', kind: 'Gateway', namespaced: true },
  { group: 'gateway.networking.k8s.io', plural: 'httproutes', kind: 'HTTPRoute', namespaced: true },
  { group: 'gateway.networking.k8s.io', plural: 'grpcroutes', kind: 'GRPCRoute', namespaced: true },
  { group: 'gateway.networking.k8s.io', plural: 'tlsroutes', kind: 'TLSRoute', namespaced: true },
  { group: 'gateway.networking.k8s.io', plural: 'tcproutes', kind: 'TCPRoute', namespaced: true },
  { group: 'gateway.networking.k8s.io', plural: 'udproutes', kind: 'UDPRoute', namespaced: true },
  { group: 'core', plural: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', namespaced: true },
  { group: 'core', plural: 'persistentvolumes', kind: 'PersistentVolume', namespaced: false },
  { group: 'storage.k8s.io', plural: 'storageclasses', kind: 'StorageClass', namespaced: false },
  { group: 'autoscaling', plural: 'horizontalpodautoscalers', kind: 'HorizontalPodAutoscaler', namespaced: true },
  { group: 'policy', plural: 'poddisruptionbudgets', kind: 'PodDisruptionBudget', namespaced: true },
  { group: 'core', plural: 'resourcequotas', kind: 'ResourceQuota', namespaced: true },
  { group: 'core', plural: 'limitranges', kind: 'LimitRange', namespaced: true },
  { group: 'scheduling.k8s.io', plural: 'priorityclasses', kind: 'PriorityClass', namespaced: false },
  { group: 'networking.k8s.io', plural: 'networkpolicies', kind: 'NetworkPolicy', namespaced: true },
  { group: 'core', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
  { group: 'core', plural: 'secrets', kind: 'Secret', namespaced: true },
  { group: 'core', plural: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true },
] as const;

/** How bad a row is, worst first, so that sorting by status puts trouble on top. */
export const inventoryHealth = ['failed', 'degraded', 'updating', 'unknown', 'waiting', 'healthy'] as const;

export const inventoryObjectSchema = z.object({
  /** Row id, stable for the life of the object in the inventory. */
  id: z.string(),
  clusterId: id('clu'),
  cluster: z.string(),
  /** `core` for the empty group. */
  group: z.string(),
  plural: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  uid: z.string(),
  createdAt: timeSchema.optional(),
  health: z.enum(inventoryHealth),
  /** As kubectl would print it: `Running`, `CrashLoopBackOff`, `3/5`. */
  statusText: z.string(),
  ready: z.number().int().optional(),
  desired: z.number().int().optional(),
  restarts: z.number().int().optional(),
  node: z.string().optional(),
  ownerUid: z.string().optional(),
  cpuCores: z.number().optional(),
  memoryBytes: z.number().optional(),
  labels: z.record(z.string(), z.string()),
  /** Facts of the kind: images, conditions, ports, versions. */
  facts: z.record(z.string(), z.unknown()),
});
export type InventoryObject = z.infer<typeof inventoryObjectSchema>;

export const inventorySorts = ['name', 'createdAt', 'status', 'restarts', 'node', 'cpuCores'] as const;

const filters = {
  /** `pods`, or in full with the group: `widgets.example.com`. */
  plural: z.string().min(1).max(320).default('pods'),
  /** `core` for the empty group; only needed where several groups have the plural. */
  group: z.string().max(253).optional(),
  clusters: csv(z.string().max(40)).optional(),
  namespaces: csv(z.string().max(63)).optional(),
  health: csv(z.enum(inventoryHealth)).optional(),
  status: csv(z.string().max(63)).optional(),
  node: z.string().max(253).optional(),
  ownerUid: z.string().max(64).optional(),
  /** `app=cart,tier=web`: all must match. */
  labels: z.string().max(1000).optional(),
};

export const listObjects = endpoint({
  name: 'listObjects',
  method: 'GET',
  path: '/inventory/objects',
  summary: 'Objects of one kind over all clusters, sorted and filtered, with the age of each cluster’s data',
  permission: 'inventory:read',
  query: listQuery.extend({
    ...filters,
    sort: z.enum([...inventorySorts, ...inventorySorts.map((sort) => `-${sort}` as const)]).default('name'),
  }),
  response: fleetListOf(inventoryObjectSchema),
  errors: ['invalid_cursor'],
});

export const searchObjects = endpoint({
  name: 'searchObjects',
  method: 'GET',
  path: '/inventory/search',
  summary: 'Objects of every kind and cluster by part of their name, grouped by kind',
  permission: 'inventory:read',
  query: z.strictObject({
    q: z.string().trim().min(1).max(200),
    limit: z.coerce.number().int().min(1).max(50).default(8),
  }),
  response: z.object({
    groups: z.array(
      z.object({
        group: z.string(),
        plural: z.string(),
        kind: z.string(),
        items: z.array(inventoryObjectSchema),
        more: z.boolean(),
      }),
    ),
    clusters: fleetListOf(inventoryObjectSchema).shape.clusters,
  }),
  errors: [],
});

export const summarizeInventory = endpoint({
  name: 'summarizeInventory',
  method: 'GET',
  path: '/inventory/summary',
  summary: 'Counts by kind, cluster and health',
  permission: 'inventory:read',
  query: z.strictObject({ clusters: filters.clusters }),
  response: z.object({
    counts: z.array(
      z.object({
        clusterId: id('clu'),
        group: z.string(),
        plural: z.string(),
        health: z.enum(inventoryHealth),
        count: z.number().int(),
      }),
    ),
    clusters: fleetListOf(inventoryObjectSchema).shape.clusters,
  }),
  errors: [],
});

export const inventoryEventSchema = z.object({
  id: z.string(),
  clusterId: id('clu'),
  cluster: z.string(),
  namespace: z.string().optional(),
  /** `Pod/cart-7d9f`. */
  object: z.string(),
  objectUid: z.string().optional(),
  type: z.string(),
  reason: z.string(),
  message: z.string(),
  count: z.number().int(),
  firstAt: timeSchema,
  lastAt: timeSchema,
});

export const listEvents = endpoint({
  name: 'listEvents',
  method: 'GET',
  path: '/inventory/events',
  summary: 'Kubernetes events over all clusters, newest first',
  permission: 'inventory:read',
  query: listQuery.extend({
    clusters: filters.clusters,
    namespaces: filters.namespaces,
    type: z.enum(['Normal', 'Warning']).optional(),
    objectUid: z.string().max(64).optional(),
  }),
  response: fleetListOf(inventoryEventSchema),
  errors: ['invalid_cursor'],
});

export const listNamespaceNames = endpoint({
  name: 'listNamespaceNames',
  method: 'GET',
  path: '/inventory/namespaces',
  summary: 'Names of namespaces over all clusters, for filters',
  permission: 'inventory:read',
  query: z.strictObject({ clusters: filters.clusters, q: z.string().max(63).optional() }),
  response: z.object({ items: z.array(z.object({ name: z.string(), clusters: z.array(z.string()) })) }),
  errors: [],
});

export const listInventoryKinds = endpoint({
  name: 'listInventoryKinds',
  method: 'GET',
  path: '/inventory/kinds',
  summary: 'Every kind that the clusters serve, custom ones included, with how many objects there are',
  permission: 'inventory:read',
  query: z.strictObject({ clusters: filters.clusters }),
  response: z.object({
    items: z.array(
      z.object({
        group: z.string(),
        plural: z.string(),
        kind: z.string(),
        namespaced: z.boolean(),
        /** Columns its clusters print, in `facts.columns` of a row; none for a kind with facts of its own. */
        columns: z.array(z.string()),
        count: z.number().int(),
        /** Slugs of the clusters that have objects of it. */
        clusters: z.array(z.string()),
      }),
    ),
  }),
  errors: [],
});

export const inventoryObjectsView = liveView({
  name: 'inventory.objects',
  summary: 'Rows on screen change in place; all else is a hint',
  permission: 'inventory:read',
  params: z.strictObject({ ...filters, ids: z.array(z.string()).max(200).optional() }),
  row: inventoryObjectSchema,
});

export const inventoryEndpoints = [
  listObjects,
  searchObjects,
  summarizeInventory,
  listEvents,
  listNamespaceNames,
  listInventoryKinds,
];
