import { z } from 'zod';
import { endpoint, liveView } from '../endpoint.ts';
import { id } from '../ids.ts';
import { csv, listOf, listQuery, timeSchema } from '../lists.ts';
import { hookSources } from './hooks.ts';

/** `matched`: it became part of a candidate; `ignored`: verified, and nothing to do; `failed`: tried again by hand. */
export const deliveryStates = ['received', 'matched', 'ignored', 'failed'] as const;
export const candidateStates = [
  'waiting',
  'settling',
  'queued',
  'released',
  'refused',
  'superseded',
  'expired',
] as const;

/** Commit, build and image on their way to one release. */
export const releaseCandidateSchema = z.object({
  id: id('can'),
  projectId: id('prj'),
  project: z.string(),
  applicationId: id('app'),
  application: z.string(),
  environmentId: id('env'),
  environment: z.string(),
  triggerId: id('trg').optional(),
  state: z.enum(candidateStates),
  /** Stable word for why it is where it is; `detail` says it to a person. */
  code: z.string().optional(),
  detail: z.string().optional(),
  commit: z.string().optional(),
  ref: z.string().optional(),
  pipelineId: z.number().int().optional(),
  /** Image references by slot. */
  images: z.record(z.string(), z.string()),
  tag: z.string().optional(),
  hasBuild: z.boolean(),
  hasImage: z.boolean(),
  /** The registry confirmed the digest. */
  confirmed: z.boolean(),
  releaseId: id('rel').optional(),
  releaseNumber: z.number().int().optional(),
  releaseState: z.string().optional(),
  createdAt: timeSchema,
  expiresAt: timeSchema.optional(),
});
export type ReleaseCandidate = z.infer<typeof releaseCandidateSchema>;

export const listCandidates = endpoint({
  name: 'listCandidates',
  method: 'GET',
  path: '/candidates',
  summary: 'Commits, builds and images that were joined, newest first, with the release or why there is none',
  permission: 'pipelines:read',
  query: listQuery.extend({
    project: z.string().max(40).optional(),
    application: id('app').optional(),
    environment: id('env').optional(),
    state: csv(z.enum(candidateStates)).optional(),
  }),
  response: listOf(releaseCandidateSchema),
  errors: ['invalid_cursor'],
});

export const deliverySchema = z.object({
  id: id('dlv'),
  projectId: id('prj'),
  project: z.string(),
  hookId: id('hok').optional(),
  hook: z.string().optional(),
  source: z.enum([...hookSources, 'ci']),
  event: z.string(),
  state: z.enum(deliveryStates),
  code: z.string().optional(),
  /** The verdict in words. */
  detail: z.string().optional(),
  /** Proven by a plain token: whoever reads it once can send it again. */
  replayable: z.boolean(),
  /** How often the same event came. */
  times: z.number().int(),
  bytes: z.number().int(),
  attempts: z.number().int(),
  receivedAt: timeSchema,
  processedAt: timeSchema.optional(),
  candidates: z.array(releaseCandidateSchema),
});
export type Delivery = z.infer<typeof deliverySchema>;

export const listDeliveries = endpoint({
  name: 'listDeliveries',
  method: 'GET',
  path: '/deliveries',
  summary: 'Events that arrived, newest first, with the verdict on each',
  permission: 'pipelines:read',
  query: listQuery.extend({
    project: z.string().max(40).optional(),
    hook: id('hok').optional(),
    state: csv(z.enum(deliveryStates)).optional(),
  }),
  response: listOf(deliverySchema),
  errors: ['invalid_cursor'],
});

const deliveryParams = z.strictObject({ id: id('dlv') });

export const getDelivery = endpoint({
  name: 'getDelivery',
  method: 'GET',
  path: '/deliveries/:id',
  summary: 'One event with its headers and body as they came; bodies are kept for 30 days',
  permission: 'pipelines:read',
  params: deliveryParams,
  response: deliverySchema.extend({
    headers: z.record(z.string(), z.string()),
    /** At most the first 64 KiB. */
    body: z.string().optional(),
    bodyIsCut: z.boolean(),
  }),
  errors: [],
});

export const replayDelivery = endpoint({
  name: 'replayDelivery',
  method: 'POST',
  path: '/deliveries/:id/replay',
  summary: 'Process the stored bytes again by the triggers of now; what was released is not released twice',
  permission: 'pipelines:replay',
  params: deliveryParams,
  response: deliverySchema,
  status: 202,
  errors: ['body_gone'],
});

export const effectKinds = ['commit_status', 'deployment', 'notice'] as const;

/** Something to tell GitLab or a channel about a release. */
export const outboundEffectSchema = z.object({
  id: id('eff'),
  projectId: id('prj'),
  connectionId: id('con'),
  connection: z.string(),
  connectionKind: z.string(),
  kind: z.enum(effectKinds),
  phase: z.string(),
  releaseId: id('rel').optional(),
  release: z.string(),
  state: z.enum(['pending', 'delivered', 'given_up']),
  attempts: z.number().int(),
  nextAt: timeSchema.optional(),
  lastError: z.string().optional(),
  createdAt: timeSchema,
  deliveredAt: timeSchema.optional(),
});
export type OutboundEffect = z.infer<typeof outboundEffectSchema>;

export const listOutboundEffects = endpoint({
  name: 'listOutboundEffects',
  method: 'GET',
  path: '/outbound-effects',
  summary: 'What was told to GitLab and to channels, newest first, and what still waits',
  permission: 'pipelines:read',
  query: listQuery.extend({
    project: z.string().max(40).optional(),
    connection: id('con').optional(),
    state: csv(z.enum(['pending', 'delivered', 'given_up'])).optional(),
  }),
  response: listOf(outboundEffectSchema),
  errors: ['invalid_cursor'],
});

export const retryOutboundEffect = endpoint({
  name: 'retryOutboundEffect',
  method: 'POST',
  path: '/outbound-effects/:id/retry',
  summary: 'Send it again now, for another 24 hours if it must be',
  permission: 'pipelines:manage',
  params: z.strictObject({ id: id('eff') }),
  response: outboundEffectSchema,
  status: 202,
  errors: ['effect_delivered'],
});

export const deliveriesView = liveView({
  name: 'pipelines.deliveries',
  summary: 'The newest deliveries of a project, live',
  permission: 'pipelines:read',
  params: z.strictObject({ project: id('prj') }),
  row: deliverySchema,
});

export const deliveriesEndpoints = [
  listCandidates,
  listDeliveries,
  getDelivery,
  replayDelivery,
  listOutboundEffects,
  retryOutboundEffect,
];
