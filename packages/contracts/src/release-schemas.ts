import { z } from 'zod';
import { debtSchema } from './debts.ts';
import { unwellDependencySchema } from './dependencies.ts';
import { id } from './ids.ts';
import { timeSchema } from './lists.ts';
import { waveSpecSchema } from './strategies.ts';

export const releaseKinds = ['deploy', 'rollback', 'catch_up', 'take_back', 'evacuate', 'remove'] as const;
export const releaseStates = [
  'planning',
  'awaiting_approval',
  'queued',
  'rolling',
  'paused',
  'succeeded',
  'partial',
  'failed',
  'aborted',
  'superseded',
  'refused',
] as const;
export const runStates = [
  'pending',
  'applying',
  'gating',
  'blocked',
  'deferred',
  'pruning',
  'healthy',
  'failed',
  'cancelled',
] as const;
/** How long nothing may restart until a revision counts as healthy, s; what is put back was healthy before. */
export const calmSeconds = (kind: (typeof releaseKinds)[number]): number => (kind === 'rollback' ? 10 : 30);
export const waveStates = ['pending', 'running', 'soaking', 'done'] as const;
export const changeKinds = ['create', 'change', 'unchanged', 'delete', 'conflict', 'unknown'] as const;

const imageReference = z.string().trim().min(1, 'name an image').max(500);

/**
 * What a release is made of. Without a template version the one that the environment follows counts, without parameters
 * its layers as they are kept; what is given instead is kept with the release.
 */
export const releaseInputSchema = z.strictObject({
  applicationId: id('app'),
  environmentId: id('env'),
  templateVersionId: id('tpv').optional(),
  images: z.record(z.string().max(40), imageReference),
  /** The layer of the environment. */
  parameters: z.record(z.string(), z.unknown()).optional(),
  /** One of the environment's strategies by its name; its first when left out. */
  strategy: z.string().max(40).optional(),
});

/** What a release came from, as whoever made it says. */
export const releaseSourceSchema = z.strictObject({
  kind: z.string().max(40),
  text: z.string().max(300),
  url: z.url().max(2000).optional(),
  commit: z.string().max(64).optional(),
  ref: z.string().max(300).optional(),
  pipelineId: z.string().max(40).optional(),
});

/** Where automation's event stands among those like it: a release never goes back to an earlier one. */
export const releaseOrderSchema = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.literal('iid'), value: z.string().regex(/^\d{1,30}$/) }),
  z.strictObject({ scheme: z.literal('time'), value: z.string().regex(/^\d{1,20}$/) }),
  z.strictObject({
    scheme: z.literal('semver'),
    value: z
      .string()
      .max(100)
      .regex(/^v?\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/),
  }),
]);

export const objectRefSchema = z.object({
  group: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
});

export const findingSchema = z.object({
  level: z.enum(['info', 'warn', 'block']),
  code: z.string(),
  detail: z.string(),
  object: objectRefSchema.optional(),
  field: z.string().optional(),
  remedy: z.string().optional(),
});

export const releaseImageSchema = z.object({
  /** As it is rendered: by digest when a registry said which. */
  reference: z.string(),
  pinned: z.boolean(),
  /** The tag that it was asked for by. */
  tag: z.string().optional(),
  /** The digest that the tag had when the release was made, where that was another one already. */
  tagNow: z.string().optional(),
  /** Why the registry said nothing: a tag goes out as typed, a digest unconfirmed. */
  note: z.string().optional(),
});
export type ReleaseImage = z.infer<typeof releaseImageSchema>;

export const previewObjectSchema = objectRefSchema.extend({
  change: z.enum(changeKinds),
  sha256: z.string(),
  /** YAML of the object as it is, noise removed; absent when it does not exist. */
  before: z.string().optional(),
  /** YAML of what the API server would store. */
  after: z.string().optional(),
  /** The rendered manifest as it will be sent. */
  rendered: z.string(),
});

export const previewTargetSchema = z.object({
  targetId: id('tgt'),
  clusterId: id('clu'),
  cluster: z.string(),
  namespace: z.string(),
  reachable: z.boolean(),
  /** Index of its wave. */
  wave: z.number().int(),
  findings: z.array(findingSchema),
  objects: z.array(previewObjectSchema),
});

export const releasePreviewSchema = z.object({
  /** Hash over all rendered bytes; `POST /releases` may name it to be sure that it deploys what was seen. */
  contentSha256: z.string(),
  images: z.record(z.string(), releaseImageSchema),
  targets: z.array(previewTargetSchema),
  /** How they would go: by the strategy that was named, or the environment's first. */
  strategy: z.string(),
  waves: z.array(waveSpecSchema),
  findings: z.array(findingSchema),
  deployable: z.boolean(),
});
export type ReleasePreview = z.infer<typeof releasePreviewSchema>;

export const runObjectSchema = objectRefSchema.extend({
  state: z.enum(['waiting', 'applied', 'current', 'in_progress', 'failed', 'deleted']),
  detail: z.string().optional(),
});

export const verdictSchema = z.object({
  /** One of the diagnosis classes or a release's own: `image_pull`, `quota_exceeded`, `conflict` … */
  code: z.string(),
  /** Of `environment`: the class by which what was healthy before fails as well. */
  cause: z.string().optional(),
  /** One sentence in words. */
  summary: z.string(),
  evidence: z.array(z.string()),
  nextStep: z.string().optional(),
  object: objectRefSchema.optional(),
});

/** `field`: another manager owns it; `adopt`: the object exists and is nobody's; `recreate`: a field can only be changed anew. */
export const runQuestionSchema = z.object({
  object: objectRefSchema,
  about: z.enum(['field', 'adopt', 'recreate']),
  /** As the API server names it; empty for the object as a whole. */
  field: z.string(),
  /** Whoever owns it now. */
  manager: z.string().optional(),
  /** As the cluster has it and as the release would, as JSON; of a Secret neither. */
  live: z.string().optional(),
  ours: z.string().optional(),
});

/**
 * Why something that a release no longer has was left: it holds data; it is annotated `quarterdeck.dev/keep`; it is among
 * more than half of what is there; it does not carry our labels; its uid is not known; the cluster refused; it was not
 * come to. Of these `not_ours` and `no_uid` cannot be confirmed away.
 */
export const leftReasons = ['holds_data', 'keep', 'most', 'not_ours', 'no_uid', 'refused', 'not_tried'] as const;
export type LeftReason = (typeof leftReasons)[number];

export const leftObjectSchema = objectRefSchema.extend({
  why: z.array(z.enum(leftReasons)),
  /** What the cluster said. */
  detail: z.string().optional(),
  /** It goes once somebody types the application's name: the release is the newest there. */
  asks: z.boolean(),
  /** Somebody did, and it is being taken away. */
  confirmed: z.boolean(),
});

export const runPodSchema = z.object({
  name: z.string(),
  uid: z.string(),
  health: z.enum(['failed', 'degraded', 'updating', 'unknown', 'waiting', 'healthy']),
  statusText: z.string(),
  restarts: z.number().int(),
  node: z.string().optional(),
  image: z.string().optional(),
  createdAt: timeSchema.optional(),
  /** Belongs to this release's revision. */
  current: z.boolean(),
});

export const targetRunSchema = z.object({
  id: id('run'),
  targetId: id('tgt'),
  clusterId: id('clu'),
  cluster: z.string(),
  namespace: z.string(),
  state: z.enum(runStates),
  attempt: z.number().int(),
  startedAt: timeSchema.optional(),
  /** When the last of its objects was written. */
  appliedAt: timeSchema.optional(),
  endedAt: timeSchema.optional(),
  ready: z.number().int().optional(),
  desired: z.number().int().optional(),
  objects: z.array(runObjectSchema),
  pods: z.array(runPodSchema),
  verdict: verdictSchema.optional(),
  /** What the look before its first write found that does not stand in the way. */
  findings: z.array(findingSchema),
  /** What somebody must decide before it is written. */
  questions: z.array(runQuestionSchema),
  /** What earlier releases put there, this one no longer has, and is there still. */
  left: z.array(leftObjectSchema),
  /** When the state of this target was last seen. */
  asOf: timeSchema.optional(),
  reachable: z.boolean(),
  /** Index of its wave. */
  wave: z.number().int(),
  /** It should have these bytes and has not. */
  debt: debtSchema.optional(),
});

/** Why an approval does not count: of other bytes, of its maker, or whoever gave it may not give it any more. */
export const approvalVoids = ['other_bytes', 'own_release', 'right_lost'] as const;
export type ApprovalVoid = (typeof approvalVoids)[number];

export const approvalSchema = z.object({
  by: z.string(),
  byId: z.string(),
  decision: z.enum(['approve', 'reject']),
  reason: z.string().optional(),
  at: timeSchema,
  counts: z.boolean(),
  voidFor: z.enum(approvalVoids).optional(),
});

export const releaseWaveSchema = waveSpecSchema.extend({
  index: z.number().int(),
  state: z.enum(waveStates),
  startedAt: timeSchema.optional(),
  soakUntil: timeSchema.optional(),
  targetCount: z.number().int(),
  failedCount: z.number().int(),
  /** Targets that may fail, in numbers. */
  budget: z.number().int(),
  approvals: z.array(approvalSchema),
});

/** What a release stands still for. */
export const releaseWaitSchema = z.object({
  for: z.enum(['registry', 'approval', 'freeze', 'lane', 'preflight', 'decision', 'soak', 'cluster', 'person']),
  /** Index of the wave that waits; the whole release when left out. */
  wave: z.number().int().optional(),
  until: timeSchema.optional(),
  /** Approvals. */
  given: z.number().int().optional(),
  needed: z.number().int().optional(),
  /** Number of the release on whose end it waits. */
  number: z.number().int().optional(),
  /** Name of the freeze window, or slug of the cluster. */
  name: z.string().optional(),
  /** Why a person must act: `budget`, `environment`, `person`, `actor_lost_permission`. */
  reason: z.string().optional(),
});
export type ReleaseWait = z.infer<typeof releaseWaitSchema>;

/** `approval`; `decision`: about objects that others have a hand in; `leftovers`: whether what prune left goes. */
export const awaitedFor = ['approval', 'decision', 'leftovers'] as const;

export const releaseSchema = z.object({
  id: id('rel'),
  number: z.number().int(),
  kind: z.enum(releaseKinds),
  state: z.enum(releaseStates),
  applicationId: id('app'),
  application: z.string(),
  project: z.string(),
  environmentId: id('env'),
  environment: z.string(),
  templateVersionId: id('tpv').optional(),
  template: z.string().optional(),
  images: z.record(z.string(), releaseImageSchema),
  parameters: z.record(z.string(), z.unknown()),
  contentSha256: z.string(),
  /** For a rollback: the release whose bytes go out again. */
  rollbackOf: z.object({ id: id('rel'), number: z.number().int() }).optional(),
  createdBy: z.string(),
  /** Why it is paused: `actor_lost_permission` when whoever it runs for may not do this there any more. */
  pausedReason: z.string().optional(),
  /** Why it ended as it did: `budget`, `rejected`, `approval_expired`, `person`; of a superseded one the successor's id. */
  endedReason: z.string().optional(),
  strategy: z.string(),
  source: releaseSourceSchema.optional(),
  /** Made by a rule, not by a person. */
  isAutomatic: z.boolean(),
  /** The release that put back what was there before. */
  rolledBackBy: z.object({ id: id('rel'), number: z.number().int() }).optional(),
  note: z.string().optional(),
  createdAt: timeSchema,
  startedAt: timeSchema.optional(),
  endedAt: timeSchema.optional(),
  targetCount: z.number().int(),
  healthyCount: z.number().int(),
  failedCount: z.number().int(),
  /** How many of its targets a release can go to now: those that are left, and have not stood down. */
  standingCount: z.number().int(),
  /** On its way, and all that it can do now waits for this. */
  waitsFor: z.enum(['decision', 'cluster']).optional(),
  /** Of a list of what waits for you: for what, in which clusters, and since when. */
  awaits: z.array(z.object({ for: z.enum(awaitedFor), clusters: z.array(z.string()), since: timeSchema })).optional(),
});
export type Release = z.infer<typeof releaseSchema>;

export const releaseDetailSchema = releaseSchema.extend({
  targets: z.array(targetRunSchema),
  waves: z.array(releaseWaveSchema),
  waits: z.array(releaseWaitSchema),
  /** Approvals of the release as a whole, before anything starts. */
  approvals: z.array(approvalSchema),
  approvalsNeeded: z.number().int(),
  onFailure: z.enum(['pause', 'rollback']),
  unreachable: z.enum(['block', 'skip']),
  freezeOverride: z.object({ by: z.string(), reason: z.string(), at: timeSchema }).optional(),
  /** Images that automation leaves alone since this release was rolled back by itself. */
  rejectedImages: z.array(z.object({ id: id('rjd'), reference: z.string() })),
  createdById: z.string(),
  /** Number of the newest release of this application in this environment. */
  newestNumber: z.number().int(),
  /** Whether whoever made it may approve it. */
  ownApproval: z.boolean(),
  /** While it is not healthy everywhere: what the application needs and does not find, as far as you may see it. */
  unwellNeeds: z.array(unwellDependencySchema).optional(),
});
export type ReleaseDetail = z.infer<typeof releaseDetailSchema>;
