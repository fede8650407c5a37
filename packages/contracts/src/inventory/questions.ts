import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { fleetListOf } from '../lists.ts';
import { inventoryHealth, inventoryObjectSchema, objectFilters } from './objects.ts';

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
  query: z.strictObject({ clusters: objectFilters.clusters }),
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

export const listNamespaceNames = endpoint({
  name: 'listNamespaceNames',
  method: 'GET',
  path: '/inventory/namespaces',
  summary: 'Names of namespaces over all clusters, for filters',
  permission: 'inventory:read',
  query: z.strictObject({ clusters: objectFilters.clusters, q: z.string().max(63).optional() }),
  response: z.object({ items: z.array(z.object({ name: z.string(), clusters: z.array(z.string()) })) }),
  errors: [],
});

export const listNamespaceLoads = endpoint({
  name: 'listNamespaceLoads',
  method: 'GET',
  path: '/inventory/namespaces/loads',
  summary: 'Pods by namespace that you see: how many, how many in trouble, what they request together',
  permission: 'inventory:read',
  query: z.strictObject({ clusters: objectFilters.clusters }),
  response: z.object({
    items: z.array(
      z.object({
        cluster: z.string(),
        namespace: z.string(),
        /** Those that have ended are left out. */
        pods: z.number().int(),
        /** Failed or degraded. */
        inTrouble: z.number().int(),
        cpuCores: z.number(),
        memoryBytes: z.number(),
      }),
    ),
    clusters: fleetListOf(inventoryObjectSchema).shape.clusters,
  }),
  errors: [],
});

export const listInventoryKinds = endpoint({
  name: 'listInventoryKinds',
  method: 'GET',
  path: '/inventory/kinds',
  summary: 'Every kind that the clusters serve, custom ones included, with how many objects there are',
  permission: 'inventory:read',
  query: z.strictObject({ clusters: objectFilters.clusters }),
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
