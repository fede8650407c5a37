import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { timeSchema } from './lists.ts';
import { objectRefSchema, releaseDetailSchema } from './release-schemas.ts';

/**
 * `changed`: fields of ours are not as we put them · `deleted`: it is not there · `replaced`: another object has its
 * name now · `unknown`: it is there, and the cluster would not tell what applying our bytes would do.
 */
export const driftKinds = ['changed', 'deleted', 'replaced', 'unknown'] as const;
/**
 * `waiting`: not compared since the release that is there now · `not_compared`: the cluster does not answer, or not to
 * us · `unsettled`: a release is under way there, or did not end well.
 */
export const driftStates = ['same', 'drifted', 'waiting', 'not_compared', 'unsettled'] as const;

export const driftSummarySchema = z.object({
  state: z.enum(driftStates),
  /** How many objects are not as they were put there. */
  objects: z.number().int(),
  /** Of the oldest of them. */
  since: timeSchema.optional(),
  /** When it was compared last, whatever happened after. */
  comparedAt: timeSchema.optional(),
  /** Why it cannot be compared now. */
  reason: z.string().optional(),
});
export type DriftSummary = z.infer<typeof driftSummarySchema>;

export const driftFieldSchema = z.object({
  /** As Kubernetes names a conflict: `.spec.template.spec.containers[name="app"].image`. */
  path: z.string(),
  /** Whoever owns it now; absent where it was taken away. */
  manager: z.string().optional(),
  at: timeSchema.optional(),
});

export const driftObjectSchema = objectRefSchema.extend({
  drift: z.enum(driftKinds),
  since: timeSchema,
  fields: z.array(driftFieldSchema),
  /** It carries our label, so a release may write it. */
  isOurs: z.boolean(),
  detail: z.string().optional(),
});
export type DriftObject = z.infer<typeof driftObjectSchema>;

const driftTargetSchema = z.object({
  targetId: id('tgt'),
  clusterId: id('clu'),
  cluster: z.string(),
  namespace: z.string(),
  environmentId: id('env'),
  environment: z.string(),
  /** What it is compared with. */
  release: z.object({ id: id('rel'), number: z.number().int() }).optional(),
});

export const targetDriftSchema = driftTargetSchema.extend({
  ...driftSummarySchema.omit({ objects: true }).shape,
  objects: z.array(driftObjectSchema),
});
export type TargetDrift = z.infer<typeof targetDriftSchema>;

export const getApplicationDrift = endpoint({
  name: 'getApplicationDrift',
  method: 'GET',
  path: '/applications/:id/drift',
  summary: 'What is not as releases put it, per target and object, as of the last comparison',
  permission: 'releases:read',
  params: z.strictObject({ id: id('app') }),
  response: z.object({ targets: z.array(targetDriftSchema) }),
  errors: [],
});

export const listDrift = endpoint({
  name: 'listDrift',
  method: 'GET',
  path: '/drift',
  summary: 'Objects that are not as a release put them, longest first; at most 200',
  permission: 'releases:read',
  query: z.strictObject({
    cluster: z.string().max(63).optional(),
    namespace: z.string().max(63).optional(),
    kind: z.string().max(100).optional(),
    name: z.string().max(253).optional(),
  }),
  response: z.object({
    items: z.array(
      driftObjectSchema.extend({
        ...driftTargetSchema.shape,
        applicationId: id('app'),
        application: z.string(),
        project: z.string(),
      }),
    ),
  }),
  errors: [],
});

/** YAML as it is and as our bytes would have it, noise removed and secret values masked. */
const comparedObjectSchema = driftObjectSchema.extend({ before: z.string().optional(), after: z.string().optional() });

export const compareDrift = endpoint({
  name: 'compareDrift',
  method: 'POST',
  path: '/drift-comparisons',
  summary: 'Compare targets with what was last put there, now, by a server-side dry run; writes nothing there',
  permission: 'releases:preview',
  body: z.strictObject({ applicationId: id('app'), environmentId: id('env'), targetId: id('tgt').optional() }),
  response: z.object({
    targets: z.array(targetDriftSchema.extend({ objects: z.array(comparedObjectSchema) })),
  }),
  errors: ['target_unknown'],
  timeoutMs: 30_000,
});

const chosenObject = objectRefSchema.extend({
  /** Fields of other managers that are taken, as the comparison showed them; others stop the release. */
  fields: z.array(z.string().max(1000)).max(500).default([]),
});

export const takeBack = endpoint({
  name: 'takeBack',
  method: 'POST',
  path: '/take-backs',
  summary: 'Put the bytes of chosen objects out again over what hands have changed, as a release of its own',
  permission: 'releases:create',
  body: z.strictObject({
    applicationId: id('app'),
    environmentId: id('env'),
    targets: z
      .array(z.strictObject({ targetId: id('tgt'), objects: z.array(chosenObject).min(1).max(200) }))
      .min(1, 'choose at least one target')
      .max(200),
    note: z.string().trim().max(500).optional(),
  }),
  response: releaseDetailSchema,
  status: 202,
  errors: [
    'target_unknown',
    'target_unsettled',
    'object_unknown',
    'object_foreign',
    'image_not_allowed',
    'template_not_allowed',
    'strategy_leaves_target',
    'idempotency_key_reused',
  ],
  idempotent: true,
});

export const driftEndpoints = [getApplicationDrift, listDrift, compareDrift, takeBack];
