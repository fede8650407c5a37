import { z } from 'zod';
import { endpoint, liveView } from './endpoint.ts';
import { id } from './ids.ts';
import { csv, fleetListOf, listQuery, timeSchema } from './lists.ts';

/** Kinds in the inventory, by plural and group (`core` for the empty group). */
export const inventoryKinds = [
  { group: 'core', plural: 'namespaces', kind: 'Namespace', namespaced: false },
  { group: 'core', plural: 'nodes', kind: 'Node', namespaced: false },
  { group: 'core', plural: 'pods', kind: 'Pod', namespaced: true },
  { group: 'apps', plural: 'deployments', kind: 'Deployment', namespaced: true },
  { group: 'apps', plural: 'replicasets', kind: 'ReplicaSet', namespaced: true },
  { group: 'core', plural: 'services', kind: 'Service', namespaced: true },
] as const;

export const inventoryPlurals = ['namespaces', 'nodes', 'pods', 'deployments', 'replicasets', 'services'] as const;

/** How bad a row is, worst first, so that sorting by status puts trouble on top. */
export const inventoryHealth = ['failed', 'degraded', 'updating', 'unknown', 'waiting', 'healthy'] as const;

export const inventoryObjectSchema = z.object({
  /** Row id, stable for the life of the object in the inventory. */
  id: z.string(),
  clusterId: id('clu'),
  cluster: z.string(),
  plural: z.enum(inventoryPlurals),
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
  plural: z.enum(inventoryPlurals).default('pods'),
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
        plural: z.enum(inventoryPlurals),
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
        plural: z.enum(inventoryPlurals),
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

export const inventoryObjectsView = liveView({
  name: 'inventory.objects',
  summary: 'Rows on screen change in place; all else is a hint',
  permission: 'inventory:read',
  params: z.strictObject({ ...filters, ids: z.array(z.string()).max(200).optional() }),
  row: inventoryObjectSchema,
});

export const inventoryEndpoints = [listObjects, searchObjects, summarizeInventory, listEvents, listNamespaceNames];
