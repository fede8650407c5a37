import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { listOf, listQuery, timeSchema } from '../lists.ts';
import { registryHost } from './connections.ts';

export const hookSources = ['gitlab', 'distribution', 'harbor'] as const;
export type HookSource = (typeof hookSources)[number];

const name = z.string().trim().min(1).max(100);

export const hookSchema = z.object({
  id: id('hok'),
  projectId: id('prj'),
  project: z.string(),
  source: z.enum(hookSources),
  name: z.string(),
  /** Where to send events. */
  url: z.string(),
  connectionId: id('con').optional(),
  connection: z.string().optional(),
  registry: z.string().optional(),
  requireSignature: z.boolean(),
  enabled: z.boolean(),
  lastDeliveryAt: timeSchema.optional(),
  /** Events that arrived in the last 24 h. */
  deliveriesToday: z.number().int(),
  lastRejectedAt: timeSchema.optional(),
  createdAt: timeSchema,
});
export type Hook = z.infer<typeof hookSchema>;

/** The secret is in this answer and in no other. */
export const hookSecretSchema = z.object({ hook: hookSchema, secret: z.string() });

export const createHook = endpoint({
  name: 'createHook',
  method: 'POST',
  path: '/hooks',
  summary: 'Make an address for events of GitLab, a registry or Harbor; its secret is shown in this answer alone',
  permission: 'pipelines:manage',
  body: z.discriminatedUnion('source', [
    z.strictObject({
      source: z.literal('gitlab'),
      projectId: id('prj'),
      name,
      connectionId: id('con'),
      /** Take only deliveries that are signed, never the plain token. */
      requireSignature: z.boolean().optional(),
    }),
    z.strictObject({ source: z.literal('distribution'), projectId: id('prj'), name, registry: registryHost }),
    z.strictObject({ source: z.literal('harbor'), projectId: id('prj'), name, registry: registryHost }),
  ]),
  response: hookSecretSchema,
  status: 201,
  errors: ['name_taken', 'unknown_connection'],
});

export const listHooks = endpoint({
  name: 'listHooks',
  method: 'GET',
  path: '/hooks',
  summary: 'Addresses that take events, with when the last one came',
  permission: 'pipelines:read',
  query: listQuery.extend({ project: z.string().max(40).optional() }),
  response: listOf(hookSchema),
  errors: ['invalid_cursor'],
});

const hookParams = z.strictObject({ id: id('hok') });

export const updateHook = endpoint({
  name: 'updateHook',
  method: 'PATCH',
  path: '/hooks/:id',
  summary: 'Rename a hook, turn it off or on, or take signed deliveries alone',
  permission: 'pipelines:manage',
  params: hookParams,
  body: z.strictObject({
    name: name.optional(),
    enabled: z.boolean().optional(),
    requireSignature: z.boolean().optional(),
  }),
  response: hookSchema,
  errors: ['name_taken'],
});

export const rotateHook = endpoint({
  name: 'rotateHook',
  method: 'POST',
  path: '/hooks/:id/rotate',
  summary: 'Give a hook a new secret; the old one ends at once',
  permission: 'pipelines:manage',
  params: hookParams,
  response: hookSecretSchema,
  errors: [],
});

export const deleteHook = endpoint({
  name: 'deleteHook',
  method: 'DELETE',
  path: '/hooks/:id',
  summary: 'Delete a hook with its deliveries; events to its address are refused from then on',
  permission: 'pipelines:manage',
  params: hookParams,
  errors: [],
});

export const testHook = endpoint({
  name: 'testHook',
  method: 'POST',
  path: '/hooks/:id/test',
  summary: 'Send a signed test event through the door of this hook; it deploys nothing',
  permission: 'pipelines:manage',
  params: hookParams,
  response: z.object({ deliveryId: id('dlv') }),
  status: 202,
  errors: ['hook_disabled'],
});

/** Takes raw bytes of several content types, so it is mounted by hand. */
export const receiveHook = endpoint({
  name: 'receiveHook',
  method: 'POST',
  path: '/hooks/:id',
  summary: 'Where GitLab, registries and Harbor send events; proves itself by signature or token of the hook',
  permission: 'public',
  params: hookParams,
  response: z.object({ id: id('dlv'), duplicate: z.boolean() }),
  status: 202,
  errors: ['hook_unverified', 'hook_too_old'],
  anyOrigin: true,
});

export const hooksEndpoints = [createHook, listHooks, updateHook, rotateHook, deleteHook, testHook, receiveHook];
