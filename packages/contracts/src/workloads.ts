import { z } from 'zod';
import { endpoint, streamContract } from './endpoint.ts';
import { id } from './ids.ts';
import { timeSchema } from './lists.ts';
import { logMarkerSchema } from './workload-logs.ts';

const podParams = z.strictObject({ id: id('clu'), namespace: z.string().max(63), pod: z.string().max(253) });

const logQuery = z.strictObject({
  container: z.string().max(63).optional(),
  tailLines: z.coerce.number().int().min(1).max(5000).default(500),
  previous: z.stringbool().default(false),
  sinceTime: timeSchema.optional(),
});

export const logLineSchema = z.object({ at: timeSchema.optional(), container: z.string(), text: z.string() });

export const readPodLogs = endpoint({
  name: 'readPodLogs',
  method: 'GET',
  path: '/clusters/:id/namespaces/:namespace/pods/:pod/logs',
  summary: 'The last lines a pod wrote',
  permission: 'workloads:logs',
  params: podParams,
  query: logQuery,
  response: z.object({ lines: z.array(logLineSchema), truncated: z.boolean() }),
  errors: [
    'cluster_unreachable',
    'cluster_timeout',
    'cluster_busy',
    'pod_not_found',
    'logs_unavailable',
    'cluster_forbidden',
  ],
});

export const followPodLogs = streamContract({
  name: 'followPodLogs',
  path: '/clusters/:id/namespaces/:namespace/pods/:pod/logs/follow',
  subprotocol: 'quarterdeck.logs.v1',
  summary: 'Follow a pod’s log: history, then each line as it is written',
  permission: 'workloads:logs',
  params: podParams,
  query: logQuery,
  message: z.discriminatedUnion('type', [
    z.object({ type: z.literal('lines'), lines: z.array(logLineSchema) }),
    /** Why no line comes just now, or what happened between two. */
    logMarkerSchema,
    /** `code` only where it could not go on; the end of the container has none. */
    z.object({ type: z.literal('end'), reason: z.string(), code: z.string().optional() }),
  ]),
  errors: ['cluster_unreachable', 'pod_not_found', 'logs_unavailable', 'cluster_forbidden', 'upgrade_required'],
});

const dnsName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** One object of any kind; group `core` is the empty group, namespace `_` is cluster-wide. */
export const objectParams = z.strictObject({
  id: id('clu'),
  namespace: z.string().regex(/^(_|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$/, 'name a namespace, or _ for cluster-wide'),
  group: z.string().regex(dnsName, 'name an API group, or core'),
  plural: z.string().regex(/^[a-z][a-z0-9]{0,62}$/, 'name a kind by its plural, as in pods'),
  name: z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9._:-]{0,251}[a-zA-Z0-9])?$/, 'this is no name of an object'),
});

export const liveObjectSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  /** Without managedFields; of a Secret the keys alone. */
  yaml: z.string(),
  /** Values were left out: this is a Secret. */
  masked: z.boolean(),
  conditions: z.array(
    z.object({
      type: z.string(),
      status: z.string(),
      reason: z.string().optional(),
      message: z.string().optional(),
      lastTransitionAt: timeSchema.optional(),
    }),
  ),
  owners: z.array(z.object({ kind: z.string(), name: z.string(), uid: z.string(), apiVersion: z.string() })),
  /** Who wrote fields of it, newest first. */
  managers: z.array(
    z.object({
      name: z.string(),
      operation: z.string(),
      subresource: z.string().optional(),
      at: timeSchema.optional(),
    }),
  ),
  readAt: timeSchema,
});
export type LiveObject = z.infer<typeof liveObjectSchema>;

/** What reading an object as its cluster holds it can end in. */
export const liveReadErrors = [
  'cluster_unreachable',
  'cluster_timeout',
  'cluster_busy',
  'cluster_forbidden',
  'kind_unknown',
  'object_not_found',
] as const;

export const readLiveObject = endpoint({
  name: 'readLiveObject',
  method: 'GET',
  path: '/clusters/:id/namespaces/:namespace/objects/:group/:plural/:name',
  summary: 'One object as its cluster holds it now, without managedFields and with the values of Secrets left out',
  permission: 'workloads:read',
  params: objectParams,
  response: liveObjectSchema,
  errors: liveReadErrors,
});

/** A shell of the portal that nobody types into is closed after so long, by the page or by the server. */
export const shellIdleMs = 15 * 60_000;
/** And each after so long, used or not. */
export const shellMostMs = 8 * 3_600_000;

/** Kinds whose pods are replaced one by one on a restart. */
export const restartableKinds = ['deployments', 'statefulsets', 'daemonsets'] as const;
/** Kinds that have a number of replicas. */
export const scalableKinds = ['deployments', 'statefulsets', 'replicasets'] as const;
/** Kinds that can be told to go no further: the rollout of a Deployment, the runs of the others. */
export const pausableKinds = ['deployments', 'cronjobs', 'jobs'] as const;
export const maxReplicas = 10_000;

/** One workload, whose plural each endpoint narrows. */
export const workloadParams = z.strictObject({
  id: objectParams.shape.id,
  namespace: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'name a namespace'),
  name: objectParams.shape.name,
});
/** Which object is meant: one of the same name that was made anew is not touched. */
export const objectUid = z.string().min(1).max(64);
const uid = objectUid;
const replicas = z.number().int().min(0).max(maxReplicas);

export const actionErrors = [
  'cluster_unreachable',
  'cluster_timeout',
  'cluster_busy',
  'cluster_forbidden',
  'kind_unknown',
  'object_not_found',
  'object_replaced',
  'cluster_refused',
] as const;

/** Why a workload does not run: the first cause that is found, worst first. */
export const diagnosisSchema = z.object({
  state: z.enum(['current', 'in_progress', 'failed', 'terminating']),
  /** In words, such as `1 of 2 pods are ready.` */
  detail: z.string(),
  /** Absent while nothing speaks against it. */
  verdict: z
    .object({
      /** The class, such as `image_pull` or `unschedulable_taint`. */
      code: z.string(),
      summary: z.string(),
      /** Quoted from the cluster. */
      evidence: z.array(z.string()),
      nextStep: z.string().optional(),
      object: z
        .object({ group: z.string(), kind: z.string(), namespace: z.string().optional(), name: z.string() })
        .optional(),
    })
    .optional(),
  readAt: timeSchema,
});
export type Diagnosis = z.infer<typeof diagnosisSchema>;

export const diagnoseWorkload = endpoint({
  name: 'diagnoseWorkload',
  method: 'GET',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/diagnosis',
  summary: 'Why a workload does not run: its cause with evidence and the next step, by its newest revision alone',
  permission: 'workloads:read',
  params: workloadParams.extend({ plural: objectParams.shape.plural }),
  response: diagnosisSchema,
  errors: [
    'cluster_unreachable',
    'cluster_timeout',
    'cluster_busy',
    'cluster_forbidden',
    'kind_not_judged',
    'kind_unknown',
    'object_not_found',
  ],
});

export const restartWorkload = endpoint({
  name: 'restartWorkload',
  method: 'POST',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/restart',
  summary: 'Replace the pods of a workload one by one, as kubectl rollout restart does',
  permission: 'workloads:operate',
  params: workloadParams.extend({ plural: objectParams.shape.plural }),
  body: z.strictObject({ uid }),
  errors: actionErrors,
  idempotent: true,
});

export const scaleWorkload = endpoint({
  name: 'scaleWorkload',
  method: 'POST',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/scale',
  summary: 'Change how many replicas a workload has',
  permission: 'workloads:operate',
  params: workloadParams.extend({ plural: objectParams.shape.plural }),
  body: z.strictObject({ uid, replicas }),
  response: z.object({
    before: z.number().int(),
    after: z.number().int(),
    /** Autoscalers that set the number anew, as far as the asker may see them. */
    warnings: z.array(z.string()),
  }),
  errors: actionErrors,
  idempotent: true,
});

export const deletePod = endpoint({
  name: 'deletePod',
  method: 'DELETE',
  path: '/clusters/:id/namespaces/:namespace/pods/:name',
  summary: 'Delete a pod; whatever owns it makes a new one',
  permission: 'workloads:operate',
  params: workloadParams,
  query: z.strictObject({ uid }),
  errors: actionErrors,
  idempotent: true,
});

export const deleteObject = endpoint({
  name: 'deleteObject',
  method: 'DELETE',
  path: '/clusters/:id/namespaces/:namespace/objects/:group/:plural/:name',
  summary: 'Delete one object with what it owns; what the kind asks for beside workloads:edit is asked as well',
  permission: 'workloads:edit',
  params: objectParams,
  query: z.strictObject({ uid }),
  errors: actionErrors,
  idempotent: true,
});

const labelName = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

const labels = z
  .record(
    z.string().max(317),
    z
      .string()
      .regex(/^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/, 'this is no value of a label')
      .nullable(),
  )
  .superRefine((given, context) => {
    for (const name of Object.keys(given).filter((key) => !labelName.test(key)))
      context.addIssue({ code: 'custom', message: `${name.slice(0, 80)} is no name of a label` });
  })
  .refine((given) => Object.keys(given).length > 0, 'name a label')
  .refine((given) => Object.keys(given).length <= 20, 'at most 20 labels');

export const labelObject = endpoint({
  name: 'labelObject',
  method: 'PATCH',
  path: '/clusters/:id/namespaces/:namespace/objects/:group/:plural/:name/labels',
  summary: 'Set or take labels of one object; the others stay',
  permission: 'workloads:edit',
  params: objectParams,
  body: z.strictObject({
    uid,
    /** `null` takes a label off. */
    labels,
  }),
  errors: actionErrors,
  idempotent: true,
});

/** What can be done with one object at a time, with what it takes. */
export const deedSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('restart') }),
  z.strictObject({ kind: z.literal('scale'), replicas }),
  z.strictObject({ kind: z.literal('pause') }),
  z.strictObject({ kind: z.literal('resume') }),
  z.strictObject({ kind: z.literal('label'), labels }),
  z.strictObject({ kind: z.literal('delete') }),
]);
export type Deed = z.infer<typeof deedSchema>;

export const deedPreviewSchema = z.object({
  /** Why it would not be done, in the words the deed would be refused with; absent where it would be taken. */
  refusal: z.object({ code: z.string(), detail: z.string() }).optional(),
  /** Where the deed is about them. */
  replicas: z.object({ before: z.number().int(), after: z.number().int() }).optional(),
  /** What made the object, and makes it again or sets it back. */
  owner: z.object({ kind: z.string(), name: z.string() }).optional(),
  /** What the cluster warned of, and autoscalers that set a number of replicas anew. */
  warnings: z.array(z.string()),
});
export type DeedPreview = z.infer<typeof deedPreviewSchema>;

export const previewDeed = endpoint({
  name: 'previewDeed',
  method: 'POST',
  path: '/clusters/:id/namespaces/:namespace/objects/:group/:plural/:name/previews',
  summary:
    'Ask the cluster, by a dry run, whether it would take a deed on one object; nothing is changed. A right that is missing for the deed is a refusal in the answer, too',
  permission: 'workloads:read',
  params: objectParams,
  body: z.strictObject({ uid, deed: deedSchema }),
  response: deedPreviewSchema,
  errors: ['cluster_unreachable', 'cluster_timeout', 'cluster_busy'],
});

export const workloadsEndpoints = [
  readPodLogs,
  readLiveObject,
  diagnoseWorkload,
  restartWorkload,
  scaleWorkload,
  deletePod,
  deleteObject,
  labelObject,
  previewDeed,
];
