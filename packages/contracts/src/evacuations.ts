import { z } from 'zod';
import { tiers } from './access.ts';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { timeSchema } from './lists.ts';
import { releaseStates } from './release-schemas.ts';

/**
 * `proposed`: it can go · `covered`: it runs in another cluster as well · `blocked`: nowhere to go as it is ·
 * `approved`: a release puts it there.
 */
export const evacuationStates = ['proposed', 'covered', 'blocked', 'approved'] as const;

export const evacuationFindingSchema = z.object({
  /** `confirm`: it goes once somebody says that this is taken care of. */
  level: z.enum(['info', 'warn', 'confirm', 'block']),
  code: z.string(),
  detail: z.string(),
});
export type EvacuationFinding = z.infer<typeof evacuationFindingSchema>;

export const evacuationItemSchema = z.object({
  applicationId: id('app'),
  application: z.string(),
  project: z.string(),
  environmentId: id('env'),
  environment: z.string(),
  tier: z.enum(tiers),
  state: z.enum(evacuationStates),
  /** What was put there last. */
  release: z.object({ id: id('rel'), number: z.number().int() }),
  namespace: z.string(),
  destination: z
    .object({
      clusterId: id('clu'),
      cluster: z.string(),
      namespace: z.string(),
      /** The environment gets a rule for it. */
      isNew: z.boolean(),
    })
    .optional(),
  needs: z.object({ pods: z.number().int(), cpuCores: z.number(), memoryBytes: z.number() }),
  findings: z.array(evacuationFindingSchema),
  /** From 1: what it needs of this draft, as its people declared it, has a lower one and goes first. */
  step: z.number().int().min(1),
  /** What of this draft it goes after. */
  after: z.array(z.object({ applicationId: id('app'), environmentId: id('env') })),
  /** What it needs and this draft does not have, as far as you may see it. */
  outside: z.array(z.object({ applicationId: id('app'), project: z.string(), application: z.string() })),
  /** How many more of those you may not see. */
  hiddenOutside: z.number().int(),
  /** The release that puts it there. */
  evacuation: z.object({ id: id('rel'), number: z.number().int(), state: z.enum(releaseStates) }).optional(),
});
export type EvacuationItem = z.infer<typeof evacuationItemSchema>;

export const evacuationSchema = z.object({
  id: id('eva'),
  clusterId: id('clu'),
  cluster: z.string(),
  createdBy: z.string(),
  createdAt: timeSchema,
  items: z.array(evacuationItemSchema),
});
export type Evacuation = z.infer<typeof evacuationSchema>;

export const createEvacuation = endpoint({
  name: 'createEvacuation',
  method: 'POST',
  path: '/evacuations',
  summary: 'Draft for each application of a cluster where it could go, and what speaks against it; changes nothing',
  permission: 'releases:evacuate',
  body: z.strictObject({ clusterId: id('clu') }),
  response: evacuationSchema,
  status: 201,
  errors: [],
  timeoutMs: 30_000,
});

export const listEvacuations = endpoint({
  name: 'listEvacuations',
  method: 'GET',
  path: '/evacuations',
  summary: 'The last 20 drafts of evacuations, newest first, of one cluster or all',
  permission: 'releases:evacuate',
  query: z.strictObject({ cluster: id('clu').optional() }),
  response: z.object({ items: z.array(evacuationSchema) }),
  errors: [],
});

const evacuationParams = z.strictObject({ id: id('eva') });

export const getEvacuation = endpoint({
  name: 'getEvacuation',
  method: 'GET',
  path: '/evacuations/:id',
  summary: 'A draft with the releases that were approved from it',
  permission: 'releases:evacuate',
  params: evacuationParams,
  response: evacuationSchema,
  errors: [],
});

export const approveEvacuation = endpoint({
  name: 'approveEvacuation',
  method: 'POST',
  path: '/evacuations/:id/approve',
  summary:
    'Put chosen applications where the draft says, as a release each, what others need first; nothing is deleted when the cluster returns',
  permission: 'releases:evacuate',
  params: evacuationParams,
  body: z.strictObject({
    items: z
      .array(
        z.strictObject({
          applicationId: id('app'),
          environmentId: id('env'),
          /** Codes of findings that were confirmed. */
          accepts: z.array(z.string().max(60)).max(20).default([]),
        }),
      )
      .min(1, 'choose at least one application')
      .max(500),
    reason: z.string().trim().max(500).optional(),
  }),
  response: z.object({
    evacuation: evacuationSchema,
    /** Items that did not go, each with why. */
    refused: z.array(
      z.object({ applicationId: id('app'), environmentId: id('env'), code: z.string(), detail: z.string() }),
    ),
  }),
  status: 202,
  errors: ['item_unknown', 'not_confirmed'],
  timeoutMs: 60_000,
});

export const evacuationsEndpoints = [createEvacuation, listEvacuations, getEvacuation, approveEvacuation];
