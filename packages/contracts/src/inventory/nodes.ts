import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { fleetListOf, listQuery } from '../lists.ts';
import { inventoryObjectSchema, objectFilters } from './objects.ts';

/** Nodes of one answer at most; `total` says how many there are. */
export const maxNodes = 2000;

export const nodeSchema = inventoryObjectSchema.extend({
  /**
   * What the pods on it request together, those that have ended left out. Absent where you do not see every pod of the
   * cluster, since a part of the sum would look like room.
   */
  requested: z.object({ cpuCores: z.number(), memoryBytes: z.number(), pods: z.number().int() }).optional(),
});
export type InventoryNode = z.infer<typeof nodeSchema>;

export const listNodes = endpoint({
  name: 'listNodes',
  method: 'GET',
  path: '/inventory/nodes',
  summary: 'Nodes over all clusters with what their pods request, trouble first',
  permission: 'inventory:read',
  query: z.strictObject({
    clusters: objectFilters.clusters,
    health: objectFilters.health,
    labels: objectFilters.labels,
    q: listQuery.shape.q,
  }),
  response: fleetListOf(nodeSchema),
  errors: [],
});
