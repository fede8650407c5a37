import { z } from 'zod';
import { tiers } from './access.ts';
import { getClusterHistory } from './clusters/history.ts';
import { clusterStates } from './clusters/states.ts';
import { endpoint, liveView } from './endpoint.ts';
import { id } from './ids.ts';
import { csv, listOf, listQuery, timeSchema } from './lists.ts';
import { tokenLimitsSchema, tokenSchema } from './tokens.ts';

export * from './clusters/history.ts';
export * from './clusters/states.ts';

const labelKey = z.string().regex(/^[a-zA-Z0-9]([a-zA-Z0-9._/-]{0,61}[a-zA-Z0-9])?$/);
const labelValue = z.string().regex(/^([a-zA-Z0-9]([a-zA-Z0-9._-]{0,61}[a-zA-Z0-9])?)?$/);
/** Free labels plus tier, region, site, provider; `cluster` is reserved and always the slug. */
export const clusterLabelsSchema = z
  .record(labelKey, labelValue)
  .refine((labels) => !('cluster' in labels), 'the label "cluster" is reserved: it is always the slug')
  .refine(
    (labels) => labels.tier === undefined || (tiers as readonly string[]).includes(labels.tier),
    `tier is one of ${tiers.join(', ')}`,
  );

const certificatePem = z.string().max(65_536);

/** Ways in: a kubeconfig, or server + CA + token or client certificate. */
export const clusterAccessSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('kubeconfig'),
    kubeconfig: z.string().min(1).max(262_144),
    /** Which context; needed only where the file has several. */
    context: z.string().max(253).optional(),
  }),
  z.strictObject({
    kind: z.literal('token'),
    server: z.string().max(2000),
    caPem: certificatePem.optional(),
    tlsServerName: z.string().max(253).optional(),
    token: z.string().min(1).max(16_384),
  }),
  z.strictObject({
    kind: z.literal('client_certificate'),
    server: z.string().max(2000),
    caPem: certificatePem.optional(),
    tlsServerName: z.string().max(253).optional(),
    certificatePem,
    keyPem: certificatePem,
  }),
]);
export type ClusterAccess = z.infer<typeof clusterAccessSchema>;

/** As whom people go in a cluster: one shared user, their own names, or the shared user for what our roles do alone. */
export const peopleProfiles = ['groups-only', 'named', 'bounded'] as const;
/** Who makes the namespaces of projects and binds our roles in them: the worker, or an owner of the cluster. */
export const bindingProfiles = ['managed', 'strict'] as const;
const usualProfile = { people: 'groups-only', bindings: 'managed' } as const;
export const onboardingProfileSchema = z.strictObject({
  people: z.enum(peopleProfiles),
  bindings: z.enum(bindingProfiles),
});
export type OnboardingProfile = z.infer<typeof onboardingProfileSchema>;

export const checkLevels = ['ok', 'warn', 'block'] as const;
export const verificationCheckSchema = z.object({
  id: z.string(),
  level: z.enum(checkLevels),
  /** Stable code of a warn or block: `tls_untrusted`, `missing_rights` … */
  code: z.string().optional(),
  title: z.string(),
  detail: z.string(),
  /** The exact way out. */
  remedy: z.object({ text: z.string(), command: z.string().optional(), yaml: z.string().optional() }).optional(),
});
export type VerificationCheck = z.infer<typeof verificationCheckSchema>;

/** One context of the kubeconfig: usable, or why not. */
export const candidateSchema = z.object({
  context: z.string(),
  cluster: z.string(),
  server: z.string().optional(),
  /** Kept for the token step where the credential itself cannot be used, as with `exec`. */
  caPem: z.string().optional(),
  tlsServerName: z.string().optional(),
  refusal: z
    .object({ code: z.string(), detail: z.string(), pointer: z.string(), remedy: z.string().optional() })
    .optional(),
});

export type Candidate = z.infer<typeof candidateSchema>;

/** `unknown`: the worker may not read the object. `delete`: another profile left it, and it gives too much. */
export const manifestChanges = ['create', 'change', 'unchanged', 'delete', 'unknown'] as const;
const manifestChangeSchema = z.object({
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
  change: z.enum(manifestChanges),
});
export type ManifestChange = z.infer<typeof manifestChangeSchema>;

export const verificationReportSchema = z.object({
  candidates: z.array(candidateSchema),
  checks: z.array(verificationCheckSchema),
  /** True when nothing blocks: `POST /clusters` would save. */
  acceptable: z.boolean(),
  clusterUid: z.string().optional(),
  version: z.string().optional(),
  latencyMs: z.number().optional(),
  credentialExpiresAt: timeSchema.optional(),
  /**
   * How our ServiceAccount gets in: `ready` (the credential given is ours already), `apply` (we apply the manifest once
   * with the pasted credential and forget it), `manual` (a person applies it and pastes the token).
   */
  bootstrap: z.object({
    mode: z.enum(['ready', 'apply', 'manual']),
    manifest: z.string(),
    /** What applying the manifest would do to each of its objects. */
    changes: z.array(manifestChangeSchema),
    applyCommand: z.string(),
    tokenCommand: z.string(),
  }),
});
export type VerificationReport = z.infer<typeof verificationReportSchema>;

export const streamStateSchema = z.object({
  kind: z.string(),
  state: z.enum(['syncing', 'streaming', 'stale', 'forbidden', 'capped']),
  /** Of its objects those that you see, as in any list; left out where that is none of them. */
  rows: z.number().int().optional(),
  /** Objects above 4 MiB: they are not read and have no row. */
  skipped: z.number().int(),
  asOf: timeSchema.optional(),
  error: z.string().optional(),
});

/** There while the database is away: the answer is what was last known, at this time. */
const lastKnownAt = timeSchema.optional();

/** Who has a namespace in a cluster and no more sees `limited`: its name, state, version and age. */
export const clusterDetails = ['full', 'limited'] as const;

export const clusterSchema = z.object({
  id: id('clu'),
  readAt: lastKnownAt,
  detail: z.enum(clusterDetails),
  slug: z.string(),
  displayName: z.string(),
  color: z.number().int().min(0).max(7),
  labels: z.record(z.string(), z.string()),
  server: z.string().optional(),
  /** What the cluster lets our account do. */
  profile: onboardingProfileSchema.optional(),
  state: z.enum(clusterStates),
  /** Why the state is what it is, in words. */
  stateReason: z.string().optional(),
  stateSince: timeSchema,
  unstable: z.boolean(),
  version: z.string().optional(),
  latencyMs: z.number().optional(),
  /** Age of the oldest data we show of this cluster. */
  asOf: timeSchema.optional(),
  credentialKind: z.enum(['token', 'client_certificate']).optional(),
  credentialExpiresAt: timeSchema.optional(),
  /** The worker replaces the token at half of its life, so its end is no cause for worry while it succeeds. */
  credentialRenews: z.boolean().optional(),
  /** Why the last renewal failed; it is tried again each minute. */
  credentialRenewalError: z.string().optional(),
  /** Those that you see, as in any list; left out where the cluster shows you none. */
  nodes: z.number().int().optional(),
  pods: z.number().int().optional(),
  createdAt: timeSchema,
});
export type Cluster = z.infer<typeof clusterSchema>;

export const clusterDetailSchema = clusterSchema.extend({
  clusterUid: z.string().optional(),
  streams: z.array(streamStateSchema),
});

const accessErrors = [
  'kubeconfig_invalid',
  'kubeconfig_exec',
  'kubeconfig_auth_provider',
  'kubeconfig_basic_auth',
  'kubeconfig_impersonation',
  'kubeconfig_file_path',
  'kubeconfig_insecure',
  'kubeconfig_proxy',
  'kubeconfig_several_contexts',
  'address_refused',
  'tls_untrusted',
  'credential_expired',
  'credential_rejected',
  'cluster_unreachable',
  'not_kubernetes',
  'profile_unsupported',
  'cluster_cannot_impersonate',
] as const;

const slug = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, 'use 1 to 40 lower-case letters, digits and dashes, a letter first');

export const verifyCluster = endpoint({
  name: 'verifyCluster',
  method: 'POST',
  path: '/clusters/verifications',
  summary: 'Try an access to a cluster and report what is right, what is missing and how to mend it; saves nothing',
  permission: 'clusters:register',
  body: z.strictObject({ access: clusterAccessSchema, profile: onboardingProfileSchema.default(usualProfile) }),
  response: verificationReportSchema,
  errors: accessErrors,
  timeoutMs: 60_000,
});

export const reverifyCluster = endpoint({
  name: 'reverifyCluster',
  method: 'POST',
  path: '/clusters/:id/verifications',
  summary: 'Try the stored credential of a cluster again and report what is missing by now; changes nothing',
  permission: 'clusters:update',
  params: z.strictObject({ id: id('clu') }),
  response: verificationReportSchema,
  errors: ['cluster_unreachable'],
  timeoutMs: 60_000,
});

export const registerCluster = endpoint({
  name: 'registerCluster',
  method: 'POST',
  path: '/clusters',
  summary: 'Register a cluster: applies the onboarding manifest where asked, verifies again and saves',
  permission: 'clusters:register',
  body: z.strictObject({
    slug,
    displayName: z.string().trim().min(1).max(100).optional(),
    color: z.number().int().min(0).max(7).optional(),
    labels: clusterLabelsSchema.default({}),
    access: clusterAccessSchema,
    profile: onboardingProfileSchema.default(usualProfile),
    /** Apply the shown manifest once with the pasted credential, keep only our ServiceAccount's token. */
    bootstrap: z.boolean().default(false),
    /** Save a cluster that cannot be reached now as `pending`. */
    acceptUnverified: z.boolean().default(false),
    /** Keep a token with an end and renew it at half of its life, instead of one without an end. */
    renewing: z.boolean().default(false),
  }),
  response: clusterDetailSchema,
  status: 201,
  errors: [
    ...accessErrors,
    'slug_taken',
    'cluster_already_registered',
    'bootstrap_required',
    'bootstrap_failed',
    'renewal_refused',
  ],
  idempotent: true,
  timeoutMs: 60_000,
});

export const listClusters = endpoint({
  name: 'listClusters',
  method: 'GET',
  path: '/clusters',
  summary: 'Clusters with state, version, latency and the age of their data',
  permission: 'clusters:read',
  query: listQuery.extend({
    limit: z.coerce.number().int().min(1).max(2000).default(2000),
    sort: z.enum(['slug', '-slug', 'state', '-state', 'createdAt', '-createdAt']).default('slug'),
    slug: csv(z.string().max(40)).optional(),
    state: csv(z.enum(clusterStates)).optional(),
  }),
  response: listOf(clusterSchema).extend({ readAt: lastKnownAt }),
  errors: ['invalid_cursor'],
});

const clusterParams = z.strictObject({ id: id('clu') });

export const getCluster = endpoint({
  name: 'getCluster',
  method: 'GET',
  path: '/clusters/:id',
  summary: 'One cluster with the state of each watched kind',
  permission: 'clusters:read',
  params: clusterParams,
  response: clusterDetailSchema,
  errors: [],
});

export const getOnboardingManifest = endpoint({
  name: 'getOnboardingManifest',
  method: 'GET',
  path: '/clusters/:id/onboarding-manifest',
  summary:
    'The manifest that a registered cluster needs: our account, roles and groups; with 128 more project numbers where none is left',
  permission: 'clusters:update',
  params: clusterParams,
  response: z.object({
    /** YAML, for `kubectl apply --server-side`. */
    manifest: z.string(),
    applyCommand: z.string(),
    /** Deletes what another profile left; left out where there is nothing of it. */
    deleteCommand: z.string().optional(),
    /** What applying it would do to each of its objects; left out when the cluster does not answer. */
    changes: z.array(manifestChangeSchema).optional(),
    projectNumbers: z.object({
      /** The manifest lists the groups of the numbers 1 to this one. */
      listed: z.number().int(),
      /** Numbers of projects that have a namespace in the cluster; `project` is the slug. */
      taken: z.array(z.object({ number: z.number().int(), project: z.string() })),
      /** False when the cluster did not answer: bindings that others made there are not counted then. */
      asked: z.boolean(),
    }),
  }),
  errors: [],
});

export const updateCluster = endpoint({
  name: 'updateCluster',
  method: 'PATCH',
  path: '/clusters/:id',
  summary: 'Change display name, colour or labels; the slug never changes',
  permission: 'clusters:update',
  params: clusterParams,
  body: z.strictObject({
    displayName: z.string().trim().min(1).max(100).optional(),
    color: z.number().int().min(0).max(7).optional(),
    labels: clusterLabelsSchema.optional(),
  }),
  response: clusterDetailSchema,
  errors: [],
});

export const replaceClusterCredential = endpoint({
  name: 'replaceClusterCredential',
  method: 'PUT',
  path: '/clusters/:id/credential',
  summary: 'Put a new credential in place after verifying that it opens the same cluster',
  permission: 'clusters:credentials',
  stepUp: true,
  params: clusterParams,
  body: z.strictObject({
    access: clusterAccessSchema,
    /** Another profile than the cluster has; what the former one left in the cluster is named by its report. */
    profile: onboardingProfileSchema.optional(),
    bootstrap: z.boolean().default(false),
    renewing: z.boolean().default(false),
  }),
  response: clusterDetailSchema,
  errors: [
    ...accessErrors,
    'cluster_identity_differs',
    'cluster_already_registered',
    'bootstrap_required',
    'bootstrap_failed',
    'renewal_refused',
  ],
  timeoutMs: 60_000,
});

export const pauseCluster = endpoint({
  name: 'pauseCluster',
  method: 'POST',
  path: '/clusters/:id/pause',
  summary: 'Stop all traffic to a cluster and keep its rows',
  permission: 'clusters:update',
  params: clusterParams,
  response: clusterDetailSchema,
  errors: [],
});

export const resumeCluster = endpoint({
  name: 'resumeCluster',
  method: 'POST',
  path: '/clusters/:id/resume',
  summary: 'Start traffic to a paused cluster again',
  permission: 'clusters:update',
  params: clusterParams,
  response: clusterDetailSchema,
  errors: [],
});

export const removeCluster = endpoint({
  name: 'removeCluster',
  method: 'DELETE',
  path: '/clusters/:id',
  summary: 'Forget a cluster: credential at once, rows in chunks; touches nothing inside the cluster',
  permission: 'clusters:remove',
  stepUp: true,
  params: clusterParams,
  query: z.strictObject({ reason: z.string().max(500).optional() }),
  status: 202,
  errors: ['cluster_has_targets'],
});

/** What the token of a kubeconfig is for; each holds the one before. Its owner's own rights are asked as well. */
export const kubeconfigLevels = ['read', 'write', 'exec'] as const;
export type KubeconfigLevel = (typeof kubeconfigLevels)[number];
export const kubeconfigMaxHours = 24;
export const kubeconfigDefaultHours = 8;

export const createKubeconfig = endpoint({
  name: 'createKubeconfig',
  method: 'POST',
  path: '/clusters/:id/kubeconfigs',
  summary: 'A kubeconfig for this cluster through Quarterdeck with a short-lived token; shown once, in this answer',
  permission: 'clusters:read',
  stepUp: true,
  params: clusterParams,
  body: z.strictObject({
    level: z.enum(kubeconfigLevels).default('read'),
    /** Nothing outside these; without them the whole cluster, as far as its owner may. */
    namespaces: tokenLimitsSchema.shape.namespaces,
    expiresInHours: z
      .number()
      .int()
      .min(1)
      .max(kubeconfigMaxHours, `at most ${kubeconfigMaxHours} hours: take a new one when it has ended`)
      .default(kubeconfigDefaultHours),
  }),
  response: z.object({
    /** YAML for `KUBECONFIG`; holds the token. */
    kubeconfig: z.string(),
    fileName: z.string(),
    token: tokenSchema,
  }),
  status: 201,
  errors: ['too_many_tokens'],
});

export const clustersIndexView = liveView({
  name: 'clusters.index',
  summary: 'The fleet index: every cluster you can read, as one live set',
  permission: 'clusters:read',
  params: z.strictObject({}),
  row: clusterSchema,
});

export const clustersEndpoints = [
  verifyCluster,
  reverifyCluster,
  registerCluster,
  listClusters,
  getCluster,
  getClusterHistory,
  getOnboardingManifest,
  updateCluster,
  replaceClusterCredential,
  pauseCluster,
  resumeCluster,
  removeCluster,
  createKubeconfig,
];
