import { z } from 'zod';
import { endpoint, streamContract } from './endpoint.ts';
import { id } from './ids.ts';
import { clusterAnswerSchema, csv, timeSchema } from './lists.ts';

/** Kinds that make pods, and so have logs, by plural, with their API group. */
export const kindsWithLogs: Readonly<Record<string, string>> = {
  deployments: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  replicasets: 'apps',
  jobs: 'batch',
  cronjobs: 'batch',
};

const params = z.strictObject({
  namespace: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'name a namespace'),
  /** One of `kindsWithLogs`. */
  plural: z.string().regex(/^[a-z][a-z0-9]{0,62}$/, 'name a kind by its plural, as in deployments'),
  name: z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/, 'this is no name of a workload'),
});
const inCluster = params.extend({ id: id('clu') });

const query = z.strictObject({
  /** Names of pods; without one all. */
  pods: csv(z.string().max(253)).optional(),
  /** Names of containers; without one all but those that prepared a pod and are done. */
  containers: csv(z.string().max(63)).optional(),
  /** Of each source. */
  tailLines: z.coerce.number().int().min(1).max(5000).default(200),
  sinceTime: timeSchema.optional(),
});
const fleetQuery = query.extend({
  /** Names of clusters, or sets as `set:<name>`; without one all that hold it. */
  clusters: csv(z.string().max(80)).optional(),
});

/** One container of one pod. Lines name it by its number, which holds as long as the answer or the stream. */
export const logSourceSchema = z.object({
  id: z.number().int(),
  clusterId: id('clu'),
  cluster: z.string(),
  namespace: z.string(),
  pod: z.string(),
  container: z.string(),
  /** `waiting`: it has not started yet. */
  state: z.enum(['waiting', 'following', 'ended', 'failed']),
  /** Why it failed. */
  detail: z.string().optional(),
});
export type WorkloadLogSource = z.infer<typeof logSourceSchema>;

const told = z.object({
  sources: z.array(logSourceSchema),
  /** There are more logs than are read together: at most 100. */
  cut: z.object({ shown: z.number().int(), all: z.number().int() }).optional(),
  /** Which clusters are read, and which are missing and why. */
  clusters: z.array(clusterAnswerSchema),
});
export type LogSourcesTold = z.infer<typeof told>;

const line = z.object({ at: timeSchema.optional(), source: z.number().int(), text: z.string() });
export type WorkloadLogLine = z.infer<typeof line>;

/** What a word in between is about. */
export const logMarkerKinds = [
  'joined',
  'waiting',
  'restarted',
  'ended',
  'gone',
  'cut',
  'resumed',
  'gap',
  'cut_history',
] as const;

export const logMarkerSchema = z.object({
  type: z.literal('marker'),
  kind: z.enum(logMarkerKinds),
  text: z.string(),
  /** Whose log it stands in; of all where none is named. */
  source: z.number().int().optional(),
  /** Of a gap: how many lines were left out. */
  count: z.number().int().optional(),
  at: timeSchema,
});

const message = z.discriminatedUnion('type', [
  /** The whole list, each time one comes, goes or stands otherwise. */
  told.extend({ type: z.literal('sources') }),
  z.object({ type: z.literal('lines'), lines: z.array(line) }),
  logMarkerSchema,
  z.object({ type: z.literal('end'), reason: z.string(), code: z.string().optional() }),
]);
export type WorkloadLogMessage = z.infer<typeof message>;

const answer = told.extend({ lines: z.array(line), truncated: z.boolean() });
const errors = ['kind_without_pods'] as const;
const clusterErrors = [
  ...errors,
  'cluster_unreachable',
  'cluster_timeout',
  'cluster_busy',
  'cluster_forbidden',
  'kind_unknown',
  'object_not_found',
  'logs_unavailable',
] as const;

export const readWorkloadLogs = endpoint({
  name: 'readWorkloadLogs',
  method: 'GET',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/logs',
  summary: 'The last lines of all pods and containers of a workload in one cluster, by time',
  permission: 'workloads:logs',
  params: inCluster,
  query,
  response: answer,
  errors: clusterErrors,
});

export const followWorkloadLogs = streamContract({
  name: 'followWorkloadLogs',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/logs/follow',
  subprotocol: 'quarterdeck.logs.v1',
  summary: 'Follow all pods and containers of a workload in one cluster: history, then each line as it is written',
  permission: 'workloads:logs',
  params: inCluster,
  query,
  message,
  errors: [...clusterErrors, 'upgrade_required'],
});

export const readFleetLogs = endpoint({
  name: 'readFleetLogs',
  method: 'GET',
  path: '/workloads/:plural/:namespace/:name/logs',
  summary: 'The last lines of a workload in every cluster that holds it, by time, with the clusters that are missing',
  permission: 'workloads:logs',
  params,
  query: fleetQuery,
  response: answer,
  errors,
});

export const followFleetLogs = streamContract({
  name: 'followFleetLogs',
  path: '/workloads/:plural/:namespace/:name/logs/follow',
  subprotocol: 'quarterdeck.logs.v1',
  summary: 'Follow a workload in every cluster that holds it: history, then each line as it is written',
  permission: 'workloads:logs',
  params,
  query: fleetQuery,
  message,
  errors: [...errors, 'upgrade_required'],
});

export const workloadLogsEndpoints = [readWorkloadLogs, readFleetLogs];
export const workloadLogsStreams = [followWorkloadLogs, followFleetLogs];
