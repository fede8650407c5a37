import { z } from 'zod';
import { environmentRuleSchema, slugSchema, tiers } from './access.ts';
import { debtSchema } from './debts.ts';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { csv, listOf, listQuery, timeSchema } from './lists.ts';
import { recurrenceSchema } from './recurrence.ts';
import { driftSummarySchema } from './release-drift.ts';
import { lastChange, revisionSchema } from './revisions.ts';
import { deliveryPolicySchema, strategySchema } from './strategies.ts';
import { targetSelectorSchema } from './target-selector.ts';

export const targetSchema = z.object({
  id: id('tgt'),
  clusterId: id('clu'),
  cluster: z.string(),
  namespace: z.string(),
  /** By the rules as they are now; `leaving`: none selects it any more, or the application is narrowed to others; what was put there stays until it is removed. */
  state: z.enum(['active', 'leaving', 'paused']),
  /** Health of what runs there by the newest release that touched it. */
  health: z.enum(['not_deployed', 'updating', 'healthy', 'failed', 'unknown']),
  healthReason: z.string().optional(),
  currentReleaseId: id('rel').optional(),
  currentReleaseNumber: z.number().int().optional(),
  image: z.string().optional(),
  /** A newer release that has not begun here: it waits for its turn or for somebody's decision, or failed before it wrote. */
  ahead: z
    .object({
      releaseNumber: z.number().int(),
      state: z.enum(['waiting', 'needs_decision', 'failed']),
      reason: z.string().optional(),
    })
    .optional(),
  /** It should have had a release and has not. */
  debt: debtSchema
    .extend({
      releaseNumber: z.number().int(),
      /** It does not follow by itself: somebody compares, and says so. */
      asksFirst: z.boolean(),
    })
    .optional(),
  /** Whether what is there is still as it was put; absent where nothing was. */
  drift: driftSummarySchema.optional(),
});

export const applicationEnvironmentSchema = z.object({
  environmentId: id('env'),
  name: z.string(),
  tier: z.enum(tiers),
  /** Narrows the clusters that the environment's rules give; absent: all of them. */
  selector: targetSelectorSchema.optional(),
  targets: z.array(targetSchema),
});

export const applicationSchema = z.object({
  id: id('app'),
  projectId: id('prj'),
  project: z.string(),
  slug: z.string(),
  displayName: z.string(),
  team: z.string().optional(),
  createdAt: timeSchema,
  environments: z.array(applicationEnvironmentSchema),
});
export type Application = z.infer<typeof applicationSchema>;

/** An environment is one that exists, or a new one with the rules that make its targets. */
const environmentChoice = z.union([
  z.strictObject({ environmentId: id('env') }),
  z.strictObject({ name: slugSchema, tier: z.enum(tiers), rules: z.array(environmentRuleSchema).min(1).max(50) }),
]);

export const createApplication = endpoint({
  name: 'createApplication',
  method: 'POST',
  path: '/applications',
  summary: 'Create an application with the environments it goes to',
  permission: 'applications:write',
  body: z.strictObject({
    projectId: id('prj'),
    slug: slugSchema,
    displayName: z.string().trim().min(1).max(100).optional(),
    team: z.string().trim().max(100).optional(),
    environments: z.array(environmentChoice).min(1).max(10),
  }),
  response: applicationSchema,
  status: 201,
  errors: [
    'application_exists',
    'environment_exists',
    'no_target',
    'namespace_reserved',
    'namespace_taken',
    'quota_reached',
    'project_archived',
  ],
  idempotent: true,
});

export const listApplications = endpoint({
  name: 'listApplications',
  method: 'GET',
  path: '/applications',
  summary: 'Applications with version and health per environment and cluster',
  permission: 'applications:read',
  query: listQuery.extend({
    project: csv(z.string().max(40)).optional(),
    slug: csv(z.string().max(40)).optional(),
    /** Names of environments, and slugs of clusters: those that go to one of them. */
    env: csv(z.string().max(40)).optional(),
    clusters: csv(z.string().max(63)).optional(),
    /** `trouble`: those that failed somewhere before the others, by name within. */
    sort: z.enum(['name', 'trouble']).default('name'),
  }),
  response: listOf(applicationSchema),
  errors: ['invalid_cursor'],
});

const applicationParams = z.strictObject({ id: id('app') });

export const getApplication = endpoint({
  name: 'getApplication',
  method: 'GET',
  path: '/applications/:id',
  summary: 'One application with its targets',
  permission: 'applications:read',
  params: applicationParams,
  response: applicationSchema,
  errors: [],
});

export const deleteApplication = endpoint({
  name: 'deleteApplication',
  method: 'DELETE',
  path: '/applications/:id',
  summary: 'Delete an application that has nothing left in any cluster',
  permission: 'applications:delete',
  params: applicationParams,
  errors: ['application_live', 'application_needed'],
});

const environmentParams = z.strictObject({ id: id('env') });
export const imagePins = ['preferred', 'required'] as const;
export type ImagePin = (typeof imagePins)[number];

const deliverySchema = z.strictObject({
  policy: deliveryPolicySchema,
  /** The first is taken when a release names none; without any, everything goes at once. */
  strategies: z
    .array(strategySchema)
    .max(10)
    .refine(
      (strategies) => new Set(strategies.map(({ name }) => name)).size === strategies.length,
      'two strategies have the same name',
    ),
  /** A tag whose registry does not answer: deployed as typed (`preferred`), or waited for up to 30 minutes (`required`). */
  pin: z.enum(imagePins),
});

const shownDeliverySchema = deliverySchema.extend({ revision: revisionSchema, ...lastChange });
export type EnvironmentDelivery = z.infer<typeof shownDeliverySchema>;

export const getEnvironmentDelivery = endpoint({
  name: 'getEnvironmentDelivery',
  method: 'GET',
  path: '/environments/:id/delivery',
  summary: 'What holds for every release of an environment, and how they go over its targets',
  permission: 'environments:read',
  params: environmentParams,
  response: shownDeliverySchema,
  errors: [],
});

export const putEnvironmentDelivery = endpoint({
  name: 'putEnvironmentDelivery',
  method: 'PUT',
  path: '/environments/:id/delivery',
  summary: 'Set policy and strategies of an environment; releases that exist keep what they began with',
  permission: 'environments:manage',
  params: environmentParams,
  /** What is left out stays as it is. */
  body: deliverySchema.partial({ policy: true, pin: true }).extend({ revision: revisionSchema }),
  response: shownDeliverySchema,
  errors: ['delivery_changed'],
});

/** One time that something holds. */
export const occurrenceSchema = z.object({ from: timeSchema, to: timeSchema });
export type Occurrence = z.infer<typeof occurrenceSchema>;

export const freezeSchema = z.object({
  id: id('frz'),
  name: z.string(),
  projectId: id('prj').optional(),
  environmentId: id('env').optional(),
  tiers: z.array(z.enum(tiers)),
  recurrence: recurrenceSchema,
  holdsRollbacks: z.boolean(),
  createdBy: z.string(),
  createdAt: timeSchema,
  revision: revisionSchema,
  ...lastChange,
  /** When it holds now: until then. */
  holdsUntil: timeSchema.optional(),
  /** When it holds in the six weeks from now, or the one time after them; none: never again. */
  next: z.array(occurrenceSchema),
});
export type Freeze = z.infer<typeof freezeSchema>;

export const listFreezeWindows = endpoint({
  name: 'listFreezeWindows',
  method: 'GET',
  path: '/freeze-windows',
  summary: 'When nothing new starts, and where',
  permission: 'environments:read',
  response: listOf(freezeSchema),
  errors: [],
});

const freezeBody = z.strictObject({
  name: z.string().trim().min(1, 'name the window').max(100),
  tiers: z.array(z.enum(tiers)).max(4).default([]),
  recurrence: recurrenceSchema,
  holdsRollbacks: z.boolean().default(false),
});

export const createFreezeWindow = endpoint({
  name: 'createFreezeWindow',
  method: 'POST',
  path: '/freeze-windows',
  summary: 'Freeze an environment, a project or everything: once, or again and again by the clock of a zone',
  permission: 'environments:manage',
  body: freezeBody.extend({
    /** Without project and environment it is for the whole installation. */
    projectId: id('prj').optional(),
    environmentId: id('env').optional(),
  }),
  response: freezeSchema,
  status: 201,
  errors: ['freeze_never'],
});

const freezeParams = z.strictObject({ id: id('frz') });

export const updateFreezeWindow = endpoint({
  name: 'updateFreezeWindow',
  method: 'PUT',
  path: '/freeze-windows/:id',
  summary: 'Change a freeze where it is; what it held and does not hold any more goes on',
  permission: 'environments:manage',
  params: freezeParams,
  body: freezeBody.extend({ revision: revisionSchema }),
  response: freezeSchema,
  errors: ['freeze_never', 'freeze_changed'],
});

export const previewFreeze = endpoint({
  name: 'previewFreeze',
  method: 'POST',
  path: '/freeze-previews',
  summary: 'When a freeze would hold, before there is one',
  permission: 'environments:read',
  body: z.strictObject({ recurrence: recurrenceSchema }),
  response: z.object({ next: z.array(occurrenceSchema) }),
  errors: ['freeze_never'],
});

export const deleteFreezeWindow = endpoint({
  name: 'deleteFreezeWindow',
  method: 'DELETE',
  path: '/freeze-windows/:id',
  summary: 'End a freeze; releases it held go on',
  permission: 'environments:manage',
  params: freezeParams,
  /** Named: it ends only if nobody changed it since. */
  query: z.strictObject({ revision: z.coerce.number().int().min(0).optional() }),
  errors: ['freeze_changed'],
});

export const applicationsEndpoints = [
  createApplication,
  listApplications,
  getApplication,
  deleteApplication,
  getEnvironmentDelivery,
  putEnvironmentDelivery,
  listFreezeWindows,
  createFreezeWindow,
  updateFreezeWindow,
  previewFreeze,
  deleteFreezeWindow,
];
