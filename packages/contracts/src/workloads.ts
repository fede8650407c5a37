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
    z.object({ type: z.literal('marker'), text: z.string(), at: timeSchema }),
    z.object({ type: z.literal('end'), reason: z.string() }),
  ]),
  errors: ['cluster_unreachable', 'pod_not_found', 'logs_unavailable', 'cluster_forbidden'],
});

export const workloadsEndpoints = [readPodLogs];
