import { z } from 'zod';
import { endpoint, liveView } from './endpoint.ts';
import { id } from './ids.ts';
import { timeSchema } from './lists.ts';

const objectName = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'this is no name of an object');
const nodeParams = z.strictObject({ id: id('clu'), node: objectName });
const podParams = z.strictObject({
  id: id('clu'),
  namespace: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'name a namespace'),
  name: objectName,
});
/** Which object is meant: one of the same name that was made anew is not touched. */
const uid = z.string().min(1).max(64);
/** Given, and nothing is done where anybody changed the object since it was seen. */
const resourceVersion = z.string().min(1).max(64).optional();

const clusterErrors = ['cluster_unreachable', 'cluster_timeout', 'cluster_busy', 'cluster_forbidden'] as const;
const nodeErrors = [...clusterErrors, 'cluster_refused', 'object_not_found', 'object_replaced'] as const;

/** What is lost with a pod that is evicted: its `emptyDir` volumes; the pod itself, which nothing makes anew. */
export const drainLosses = ['empty_dir_data', 'bare_pod'] as const;

/** A PodDisruptionBudget that takes a pod, with its numbers of that moment. */
export const podBudgetSchema = z.object({
  name: z.string(),
  /** How many of its pods may go. */
  allowed: z.number().int(),
  healthy: z.number().int(),
  /** How many have to stay healthy. */
  needed: z.number().int(),
  expected: z.number().int(),
});
export type PodBudgetView = z.infer<typeof podBudgetSchema>;

const podIdentity = {
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  /** Its controller; a bare pod has none. */
  owner: z.object({ kind: z.string(), name: z.string() }).optional(),
};

export const plannedPodSchema = z.object({
  ...podIdentity,
  /** Why it stays on the node. */
  skip: z.enum(['daemonset', 'mirror']).optional(),
  losses: z.array(z.enum(drainLosses)),
  /** It is on its way out already. */
  leaving: z.boolean(),
  /** The tightest first; one that allows none makes the drain wait. */
  budgets: z.array(podBudgetSchema),
});
export type PlannedPod = z.infer<typeof plannedPodSchema>;

export const drainPlanSchema = z.object({
  node: z.object({ name: z.string(), uid: z.string(), cordoned: z.boolean(), ready: z.boolean() }),
  pods: z.array(plannedPodSchema),
  /** What has to be accepted first. */
  asks: z.array(z.enum(drainLosses)),
  readAt: timeSchema,
});
export type DrainPlan = z.infer<typeof drainPlanSchema>;

export const drainStates = ['running', 'done', 'cancelled', 'failed'] as const;

/**
 * `waiting` to be evicted · `evicting` asked just now · `blocked` refused for now, asked again · `leaving` evicted, not yet
 * gone · `gone` · `skipped` stays by its kind · `left` nobody accepted what would be lost · `refused` asking again would not
 * help.
 */
export const drainPodStates = [
  'waiting',
  'evicting',
  'blocked',
  'leaving',
  'gone',
  'skipped',
  'left',
  'refused',
] as const;

export const drainPodSchema = z.object({
  ...podIdentity,
  state: z.enum(drainPodStates),
  /** Why, in words: of the cluster where it said so. */
  detail: z.string().optional(),
  /** What blocks it, with its numbers when it was asked last. */
  budget: podBudgetSchema.optional(),
  /** How often the cluster was asked to let it go. */
  tries: z.number().int(),
  changedAt: timeSchema,
});
export type DrainPod = z.infer<typeof drainPodSchema>;

export const drainSchema = z.object({
  id: id('drn'),
  clusterId: id('clu'),
  cluster: z.string(),
  node: z.string(),
  nodeUid: z.string(),
  state: z.enum(drainStates),
  /** Why it failed, or what it waits for while it runs. */
  code: z.string().optional(),
  detail: z.string().optional(),
  accepts: z.array(z.enum(drainLosses)),
  createdBy: z.string(),
  createdAt: timeSchema,
  /** Until when it is tried. */
  deadlineAt: timeSchema,
  endedAt: timeSchema.optional(),
  endedBy: z.string().optional(),
  /** The pods of the node were listed: before that it is not known which there are. */
  listed: z.boolean(),
  pods: z.array(drainPodSchema),
});
export type Drain = z.infer<typeof drainSchema>;

export const defaultPatienceSeconds = 600;

export const cordonNode = endpoint({
  name: 'cordonNode',
  method: 'POST',
  path: '/clusters/:id/nodes/:node/cordon',
  summary: 'Take a node out of use for new pods; those that run there stay',
  permission: 'scheduling:drain',
  params: nodeParams,
  body: z.strictObject({ uid, resourceVersion }),
  errors: nodeErrors,
  idempotent: true,
});

export const uncordonNode = endpoint({
  name: 'uncordonNode',
  method: 'POST',
  path: '/clusters/:id/nodes/:node/uncordon',
  summary: 'Take a node back into use; refused while it is drained',
  permission: 'scheduling:drain',
  params: nodeParams,
  body: z.strictObject({ uid, resourceVersion }),
  errors: [...nodeErrors, 'drain_running'],
  idempotent: true,
});

export const planDrain = endpoint({
  name: 'planDrain',
  method: 'GET',
  path: '/clusters/:id/nodes/:node/drain',
  summary: 'What draining a node would do: which pods go, which stay and why, which budgets stand in the way',
  permission: 'scheduling:drain',
  params: nodeParams,
  response: drainPlanSchema,
  errors: [...clusterErrors, 'object_not_found'],
});

export const drainNode = endpoint({
  name: 'drainNode',
  method: 'POST',
  path: '/clusters/:id/nodes/:node/drain',
  summary:
    'Cordon a node and evict its pods as their budgets allow; goes on by itself and can be followed and cancelled',
  permission: 'scheduling:drain',
  params: nodeParams,
  body: z.strictObject({
    uid,
    /** What of the plan may be lost. */
    accepts: z.array(z.enum(drainLosses)).max(drainLosses.length).default([]),
    /** How long budgets and pods that end slowly are waited for. */
    patienceSeconds: z.number().int().min(30).max(86_400).default(defaultPatienceSeconds),
  }),
  response: drainSchema,
  status: 202,
  errors: [...clusterErrors, 'object_not_found', 'object_replaced', 'not_confirmed', 'drain_running'],
  idempotent: true,
});

export const listDrains = endpoint({
  name: 'listDrains',
  method: 'GET',
  path: '/clusters/:id/drains',
  summary: 'The last 50 drains of a cluster, newest first, without their pods',
  permission: 'scheduling:drain',
  params: z.strictObject({ id: id('clu') }),
  query: z.strictObject({ node: objectName.optional(), state: z.enum(drainStates).optional() }),
  response: z.object({ items: z.array(drainSchema.omit({ pods: true })) }),
  errors: [],
});

const drainParams = z.strictObject({ id: id('drn') });

export const getDrain = endpoint({
  name: 'getDrain',
  method: 'GET',
  path: '/drains/:id',
  summary: 'A drain with what became of each pod',
  permission: 'scheduling:drain',
  params: drainParams,
  response: drainSchema,
  errors: [],
});

export const cancelDrain = endpoint({
  name: 'cancelDrain',
  method: 'POST',
  path: '/drains/:id/cancel',
  summary: 'Evict nothing more; the node stays cordoned, and pods that were told to go are on their way',
  permission: 'scheduling:drain',
  params: drainParams,
  response: drainSchema,
  errors: ['drain_over'],
  idempotent: true,
});

export const evictPod = endpoint({
  name: 'evictPod',
  method: 'POST',
  path: '/clusters/:id/namespaces/:namespace/pods/:name/evict',
  summary: 'Let a pod go as its PodDisruptionBudgets allow; whatever owns it makes a new one',
  permission: 'workloads:operate',
  params: podParams,
  body: z.strictObject({ uid, resourceVersion }),
  errors: [...nodeErrors, 'disruption_budget'],
  idempotent: true,
});

export const drainView = liveView({
  name: 'scheduling.drain',
  summary: 'One drain with its pods, live',
  permission: 'scheduling:drain',
  params: drainParams,
  row: drainSchema,
});

export const drainsEndpoints = [
  cordonNode,
  uncordonNode,
  planDrain,
  drainNode,
  listDrains,
  getDrain,
  cancelDrain,
  evictPod,
];
