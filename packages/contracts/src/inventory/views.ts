import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { timeSchema } from '../lists.ts';

/** `labels @> selector`: all pairs of one must be there. The fixed label `cluster` is the slug. */
const selectorSchema = z
  .record(z.string().min(1).max(63), z.string().max(63))
  .refine((selector) => Object.keys(selector).length <= 20, 'at most 20 labels');

const content = z.discriminatedUnion('type', [
  /** A list with its filter, sort and columns, as its URL has them. */
  z.strictObject({
    type: z.literal('list'),
    /** Path in the portal: `/inventory/core/pods`. */
    path: z
      .string()
      .max(300)
      .regex(/^(\/[A-Za-z0-9._~-]+)+$/, 'must be a path of the portal'),
    search: z
      .record(z.string().max(63), z.string().max(2000))
      .refine((search) => JSON.stringify(search).length <= 8000, 'at most 8,000 characters'),
  }),
  /** Clusters that any of the selectors matches, now and later: `clusters=set:<name>`. */
  z.strictObject({ type: z.literal('cluster_set'), selectors: z.array(selectorSchema).min(1).max(50) }),
]);

/** Any script; no comma, since names of sets stand in lists, and no sign first, which a spreadsheet would run. */
const name = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[^\s!-/:-@[-`{-~][^\n\r\t,]*$/, 'begins with a letter or digit and holds no comma');

export const viewSchema = z.object({
  id: id('viw'),
  name: z.string(),
  content,
  /** Set: everybody who sees the project has it. */
  projectId: id('prj').optional(),
  /** Whether it belongs to whoever asks. */
  mine: z.boolean(),
  revision: z.number().int(),
  updatedAt: timeSchema,
});
export type SavedView = z.infer<typeof viewSchema>;

export const listViews = endpoint({
  name: 'listViews',
  method: 'GET',
  path: '/views',
  summary: 'Saved lists and cluster sets: your own and those of your projects',
  permission: 'inventory:read',
  query: z.strictObject({ type: z.enum(['list', 'cluster_set']).optional() }),
  response: z.object({ items: z.array(viewSchema) }),
  errors: [],
});

export const createView = endpoint({
  name: 'createView',
  method: 'POST',
  path: '/views',
  summary: 'Save a list or a cluster set, for yourself or for a project',
  permission: 'inventory:read',
  body: z.strictObject({ name, content, projectId: id('prj').optional() }),
  response: viewSchema,
  status: 201,
  idempotent: true,
  errors: ['name_taken', 'too_many_views'],
});

export const updateView = endpoint({
  name: 'updateView',
  method: 'PUT',
  path: '/views/:id',
  summary: 'Change a saved list or cluster set; its revision must still be the one you read',
  permission: 'inventory:read',
  params: z.object({ id: id('viw') }),
  body: z.strictObject({ name, content, revision: z.number().int().min(1) }),
  response: viewSchema,
  errors: ['name_taken'],
});

export const deleteView = endpoint({
  name: 'deleteView',
  method: 'DELETE',
  path: '/views/:id',
  summary: 'Delete a saved list or cluster set; links to what it showed go on to work',
  permission: 'inventory:read',
  params: z.object({ id: id('viw') }),
  errors: [],
});
