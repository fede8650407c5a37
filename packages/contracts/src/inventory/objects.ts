import { z } from 'zod';
import { endpoint, liveView } from '../endpoint.ts';
import { id } from '../ids.ts';
import { csv, fleetListOf, listQuery, timeSchema } from '../lists.ts';

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

/** A column, or with `-` in front from its end. */
export const objectSortSchema = z
  .enum([...inventorySorts, ...inventorySorts.map((sort) => `-${sort}` as const)])
  .default('name');

/** What narrows a list of objects; everything that shows some of them takes the same. */
export const objectFilters = {
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
    ...objectFilters,
    sort: objectSortSchema,
  }),
  response: fleetListOf(inventoryObjectSchema),
  errors: ['invalid_cursor', 'query_too_costly'],
});

export const inventoryObjectsView = liveView({
  name: 'inventory.objects',
  summary: 'Rows on screen change in place; all else is a hint',
  permission: 'inventory:read',
  params: z.strictObject({ ...objectFilters, ids: z.array(z.string()).max(200).optional() }),
  row: inventoryObjectSchema,
});
