import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { csv, listOf, listQuery, timeSchema } from './lists.ts';
import { tokenLimitsSchema, workloadTokenMinutes } from './tokens.ts';

/** Signatures of a CI system's identity tokens that are taken. Never `none`, never a shared secret. */
export const workloadAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

/** What a job must be for a rule to trust it; all of it, exactly. */
const conditions = {
  issuer: z
    .url({ protocol: /^https$/, error: 'an issuer is the https address of your GitLab, as it writes it into iss' })
    .max(500)
    .refine((value) => !/[?#@\s]/.test(value), 'an issuer has no query, fragment or user name'),
  /** GitLab's number of the project: paths can be renamed and taken by others, numbers cannot. */
  gitlabProjectId: z.number().int().positive(),
  refType: z.enum(['branch', 'tag']),
  /** A branch or tag, or the start of its name with one `*` at the end: `v*`. It must be protected in GitLab. */
  ref: z
    .string()
    .min(1)
    .max(255)
    .regex(/^[^\s*?[\]]+\*?$/, 'name one branch or tag, or the start of its name with * at the end'),
  /** GitLab environment of the job. */
  environment: z.string().min(1).max(255).optional(),
  /** Pipelines of merge requests: their claims name the fork, so they are refused unless this says yes. */
  allowMergeRequests: z.boolean(),
};

const { cidrs: _, ...places } = tokenLimitsSchema.shape;

/** What the exchanged token may do at most, and how long it lives. */
const outcome = {
  serviceAccountId: id('sva'),
  ...places,
  lifeMinutes: z.number().int().min(1).max(workloadTokenMinutes, `at most ${workloadTokenMinutes} minutes`),
};

const name = z.string().trim().min(1).max(100);
/** Authority of a GitLab whose certificate is not publicly trusted. */
const caPem = z.string().max(65_536).startsWith('-----BEGIN CERTIFICATE-----', 'paste certificates in PEM form');

export const trustRuleSchema = z.object({
  id: id('tru'),
  name: z.string(),
  ...conditions,
  ...outcome,
  serviceAccountName: z.string(),
  caPem: z.string().optional(),
  enabled: z.boolean(),
  createdAt: timeSchema,
  lastUsedAt: timeSchema.optional(),
});
export type TrustRule = z.infer<typeof trustRuleSchema>;

const body = z
  .strictObject({
    name,
    ...conditions,
    refType: conditions.refType.default('branch'),
    allowMergeRequests: conditions.allowMergeRequests.default(false),
    ...outcome,
    lifeMinutes: outcome.lifeMinutes.default(workloadTokenMinutes),
    caPem: caPem.optional(),
    enabled: z.boolean().default(true),
  })
  .refine((rule) => rule.clusterIds === undefined || rule.clusterSelector === undefined, {
    path: ['clusterSelector'],
    error: 'name clusters by id or by labels, not both',
  });
export type TrustRuleInput = z.output<typeof body>;

const params = z.strictObject({ id: id('tru') });
const errors = ['owners_only', 'trust_rule_exists', 'unknown_service_account', 'ca_invalid', 'permission_not_held'];

export const listTrustRules = endpoint({
  name: 'listTrustRules',
  method: 'GET',
  path: '/trust-rules',
  summary: 'Which CI jobs may exchange their identity for a token of which service account, by name',
  permission: 'identity:configure',
  query: listQuery.extend({ serviceAccountId: csv(id('sva')).optional() }),
  response: listOf(trustRuleSchema),
  errors: ['invalid_cursor'],
});

export const createTrustRule = endpoint({
  name: 'createTrustRule',
  method: 'POST',
  path: '/trust-rules',
  summary: 'Trust jobs of one GitLab project on a protected branch or tag as a service account',
  permission: 'identity:configure',
  stepUp: true,
  body,
  response: trustRuleSchema,
  status: 201,
  errors,
});

export const replaceTrustRule = endpoint({
  name: 'replaceTrustRule',
  method: 'PUT',
  path: '/trust-rules/:id',
  summary: 'Replace a trust rule; tokens exchanged under it before end at once',
  permission: 'identity:configure',
  stepUp: true,
  params,
  body,
  response: trustRuleSchema,
  errors,
});

export const deleteTrustRule = endpoint({
  name: 'deleteTrustRule',
  method: 'DELETE',
  path: '/trust-rules/:id',
  summary: 'Delete a trust rule with the tokens that were exchanged under it',
  permission: 'identity:configure',
  params,
  errors: ['owners_only'],
});

export const exchangeToken = endpoint({
  name: 'exchangeToken',
  method: 'POST',
  path: '/auth/exchange',
  summary:
    'Exchange the id_token of a GitLab job for a token of at most 15 minutes; retry with the same Idempotency-Key',
  permission: 'public',
  anyOrigin: true,
  idempotent: 'by-handler',
  body: z.strictObject({ idToken: z.string().min(20).max(16_384) }),
  response: z.object({
    token: z.string(),
    tokenId: id('tok'),
    expiresAt: timeSchema,
    expiresInSeconds: z.number().int(),
    serviceAccount: z.object({ id: id('sva'), name: z.string() }),
    limits: tokenLimitsSchema,
  }),
  status: 201,
  errors: ['id_token_invalid', 'id_token_used', 'no_trust_rule', 'issuer_unreachable'],
});

export const trustRulesEndpoints = [listTrustRules, createTrustRule, replaceTrustRule, deleteTrustRule, exchangeToken];
