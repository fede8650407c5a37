import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { csv, listOf, listQuery, timeSchema } from '../lists.ts';

/** Where notices go, by the form in which they are written. */
export const noticeKinds = ['webhook', 'slack', 'feishu', 'dingtalk'] as const;
export const connectionKinds = ['gitlab', 'registry', ...noticeKinds] as const;
/** What happened to a release. */
export const noticeEvents = [
  'started',
  'succeeded',
  'failed',
  'paused',
  'aborted',
  'approval_needed',
  'decision_needed',
] as const;
export type NoticeEvent = (typeof noticeEvents)[number];

const name = z.string().trim().min(1).max(100);
const httpsUrl = z
  .url({ protocol: /^https$/, error: 'an https address' })
  .max(1000)
  .refine((value) => !/[#@\s]/.test(value), 'an address without user name or fragment');
/** The address of a GitLab, without a path: `https://gitlab.example.com`. */
const origin = httpsUrl.refine(
  (value) => /^https:\/\/[^/?]+\/?$/.test(value),
  'the address of your GitLab alone, such as https://gitlab.example.com',
);
const caPem = z.string().max(65_536).startsWith('-----BEGIN CERTIFICATE-----', 'paste certificates in PEM form');
const secret = z.string().min(1).max(2000);
/** Host of a registry, with its port where one is named. */
export const registryHost = z
  .string()
  .trim()
  .toLowerCase()
  .max(255)
  .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/, 'a host, such as registry.example.com');

export const pipelineConnectionSchema = z.object({
  id: id('con'),
  projectId: id('prj'),
  project: z.string(),
  kind: z.enum(connectionKinds),
  name: z.string(),
  /** Of GitLab or a registry; of a channel its host alone, as the rest of the address is its secret. */
  address: z.string(),
  hasSecret: z.boolean(),
  caPem: z.string().optional(),
  tokenHosts: z.array(z.string()),
  events: z.array(z.enum(noticeEvents)),
  enabled: z.boolean(),
  /** Of a GitLab: jobs may come with their `CI_JOB_TOKEN`. */
  jobTokens: z.boolean(),
  lastOkAt: timeSchema.optional(),
  lastFailedAt: timeSchema.optional(),
  /** What went wrong last, in words; gone once something arrived. */
  lastError: z.string().optional(),
  /** Messages that wait to be sent. */
  waiting: z.number().int(),
  createdAt: timeSchema,
});
export type PipelineConnection = z.infer<typeof pipelineConnectionSchema>;

/**
 * Off unless somebody turns it on who may configure trust: a job token is made for GitLab and not for us, every job has
 * one, and whatever runs in the job can send it on. It takes an access token, to ask what is protected.
 */
const jobTokens = z.boolean();

const shared = { projectId: id('prj'), name, caPem: caPem.optional() };
const notice = {
  ...shared,
  /** Kept sealed: whoever knows it may write there. */
  url: httpsUrl,
  signingSecret: secret.optional(),
  events: z.array(z.enum(noticeEvents)).min(1, 'choose what to be told of'),
};

export const createPipelineConnection = endpoint({
  name: 'createPipelineConnection',
  method: 'POST',
  path: '/pipeline-connections',
  summary: 'Connect a GitLab, an image registry or a channel for notices; secrets are sealed and never shown again',
  permission: 'pipelines:manage',
  body: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('gitlab'),
      ...shared,
      url: origin,
      token: secret.optional(),
      jobTokens: jobTokens.default(false),
    }),
    z.strictObject({
      kind: z.literal('registry'),
      ...shared,
      host: registryHost,
      username: z.string().min(1).max(255).optional(),
      password: secret.optional(),
      tokenHosts: z.array(registryHost).max(5).optional(),
    }),
    z.strictObject({ kind: z.literal('webhook'), ...notice }),
    z.strictObject({ kind: z.literal('slack'), ...notice }),
    z.strictObject({ kind: z.literal('feishu'), ...notice }),
    z.strictObject({ kind: z.literal('dingtalk'), ...notice }),
  ]),
  response: pipelineConnectionSchema,
  status: 201,
  errors: ['name_taken', 'secret_incomplete', 'access_token_missing', 'step_up_required'],
});

export const listPipelineConnections = endpoint({
  name: 'listPipelineConnections',
  method: 'GET',
  path: '/pipeline-connections',
  summary: 'Connections to GitLab, registries and channels, with how each is doing',
  permission: 'pipelines:read',
  query: listQuery.extend({ project: z.string().max(40).optional(), kind: csv(z.enum(connectionKinds)).optional() }),
  response: listOf(pipelineConnectionSchema),
  errors: ['invalid_cursor'],
});

const connectionParams = z.strictObject({ id: id('con') });

export const updatePipelineConnection = endpoint({
  name: 'updatePipelineConnection',
  method: 'PATCH',
  path: '/pipeline-connections/:id',
  summary: 'Change a connection; a secret that is left out stays as it is',
  permission: 'pipelines:manage',
  params: connectionParams,
  body: z.strictObject({
    name: name.optional(),
    enabled: z.boolean().optional(),
    jobTokens: jobTokens.optional(),
    caPem: caPem.nullable().optional(),
    events: z.array(z.enum(noticeEvents)).min(1).optional(),
    tokenHosts: z.array(registryHost).max(5).optional(),
    /** A new GitLab token, registry password or signing secret. */
    secret: secret.optional(),
  }),
  response: pipelineConnectionSchema,
  errors: ['name_taken', 'secret_incomplete', 'access_token_missing', 'not_a_gitlab', 'step_up_required'],
});

export const deletePipelineConnection = endpoint({
  name: 'deletePipelineConnection',
  method: 'DELETE',
  path: '/pipeline-connections/:id',
  summary: 'Forget a connection that no hook and no trigger uses; what waits to be sent there goes with it',
  permission: 'pipelines:manage',
  params: connectionParams,
  errors: ['connection_in_use'],
});

export const testPipelineConnection = endpoint({
  name: 'testPipelineConnection',
  method: 'POST',
  path: '/pipeline-connections/:id/test',
  summary: 'Ask the other side now, or send it a test notice, and say what it answered',
  permission: 'pipelines:manage',
  params: connectionParams,
  response: z.object({ ok: z.boolean(), detail: z.string() }),
  errors: [],
});

export const connectionsEndpoints = [
  createPipelineConnection,
  listPipelineConnections,
  updatePipelineConnection,
  deletePipelineConnection,
  testPipelineConnection,
];
