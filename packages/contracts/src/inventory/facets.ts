import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { csv, listQuery } from '../lists.ts';
import { objectFilters } from './objects.ts';

export const facetFields = ['cluster', 'namespace', 'health', 'status', 'node', 'label'] as const;

export const facetObjects = endpoint({
  name: 'facetObjects',
  method: 'GET',
  path: '/inventory/facets',
  summary: 'How the objects that match spread over clusters, namespaces, health, status, nodes and labels',
  permission: 'inventory:read',
  query: z.strictObject({
    ...objectFilters,
    q: listQuery.shape.q,
    fields: csv(z.enum(facetFields)).default(['cluster', 'namespace', 'health', 'status']),
    /** With field `label`: values of this label; without, which labels there are. */
    label: z.string().min(1).max(317).optional(),
  }),
  response: z.object({
    facets: z.array(
      z.object({
        field: z.enum(facetFields),
        /** Most frequent first, 50 at most. */
        values: z.array(z.object({ value: z.string(), count: z.number().int() })),
        /** False: more objects match than were counted, and these are the shares of those. */
        isExact: z.boolean(),
      }),
    ),
  }),
  errors: ['query_too_costly'],
});
