import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { fleetListOf, listQuery, timeSchema } from '../lists.ts';
import { objectFilters } from './objects.ts';

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
    clusters: objectFilters.clusters,
    namespaces: objectFilters.namespaces,
    type: z.enum(['Normal', 'Warning']).optional(),
    objectUid: z.string().max(64).optional(),
  }),
  response: fleetListOf(inventoryEventSchema),
  errors: ['invalid_cursor', 'query_too_costly'],
});

/** So far back at most: older events are not kept. */
export const eventsMaxHours = 72;

export const countEvents = endpoint({
  name: 'countEvents',
  method: 'GET',
  path: '/inventory/events/counts',
  summary: 'How many Kubernetes events were last seen when, over all clusters, warnings apart',
  permission: 'inventory:read',
  query: z.strictObject({
    clusters: objectFilters.clusters,
    namespaces: objectFilters.namespaces,
    hours: z.coerce.number().int().min(1).max(eventsMaxHours).default(24),
  }),
  response: z.object({
    since: timeSchema,
    /** Length of a slot. */
    slotMinutes: z.number().int(),
    /** Oldest first; slots without an event are left out. */
    slots: z.array(z.object({ at: timeSchema, warnings: z.number().int(), others: z.number().int() })),
    clusters: fleetListOf(inventoryEventSchema).shape.clusters,
  }),
  errors: ['query_too_costly'],
});
