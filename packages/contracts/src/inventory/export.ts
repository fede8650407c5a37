import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { listQuery } from '../lists.ts';
import { objectFilters, objectSortSchema } from './objects.ts';

/** Rows of one export at most; a longer one says where it was cut. */
export const maxExportRows = 100_000;

export const exportObjects = endpoint({
  name: 'exportObjects',
  method: 'GET',
  path: '/inventory/objects/export',
  summary:
    'Every object that matches as JSON lines or CSV, streamed, each with the state and age of its cluster; JSON ends with a line that says whether it is all',
  permission: 'inventory:export',
  query: z.strictObject({
    ...objectFilters,
    q: listQuery.shape.q,
    sort: objectSortSchema,
    format: z.enum(['ndjson', 'csv']).default('ndjson'),
    /** JSON lines alone: facts of the kind as well. */
    facts: z.stringbool().default(false),
    limit: z.coerce.number().int().min(1).max(maxExportRows).default(maxExportRows),
  }),
  download: ['application/x-ndjson', 'text/csv'],
  timeoutMs: 600_000,
  errors: ['query_too_costly'],
});
