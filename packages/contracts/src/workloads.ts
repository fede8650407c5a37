import { z } from 'zod';
import { endpoint, streamContract } from './endpoint.ts';
import { id } from './ids.ts';
import { timeSchema } from './lists.ts';

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
    /** Why no line comes just now: the container has not started yet. */
    z.object({ type: z.literal('marker'), text: z.string(), at: timeSchema }),
    /** `code` only where it could not go on; the end of the container has none. */
    z.object({ type: z.literal('end'), reason: z.string(), code: z.string().optional() }),
  ]),
  errors: ['cluster_unreachable', 'pod_not_found', 'logs_unavailable', 'cluster_forbidden', 'upgrade_required'],
});

const dnsName = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;

/** One object of any kind; group `core` is the empty group, namespace `_` is cluster-wide. */
const objectParams = z.strictObject({
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

export const readLiveObject = endpoint({
  name: 'readLiveObject',
  method: 'GET',
  path: '/clusters/:id/namespaces/:namespace/objects/:group/:plural/:name',
  summary: 'One object as its cluster holds it now, without managedFields and with the values of Secrets left out',
  permission: 'workloads:read',
  params: objectParams,
  response: liveObjectSchema,
  errors: [
    'cluster_unreachable',
    'cluster_timeout',
    'cluster_busy',
    'cluster_forbidden',
    'kind_unknown',
    'object_not_found',
  ],
});

export const workloadsEndpoints = [readPodLogs, readLiveObject];
