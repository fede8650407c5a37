import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { csv, listOf, listQuery, timeSchema } from './lists.ts';
import { type Permission, permissions } from './permissions.ts';

/** `personal` acts as its person, `service` as a service account, `workload` is a short one from an exchange. */
export const tokenKinds = ['personal', 'service', 'workload'] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** Longest life in days when it is made. A workload token lives for minutes: `workloadTokenMinutes`. */
export const tokenMaxDays = { personal: 90, service: 365 } as const;
export const tokenDefaultDays = 30;
export const workloadTokenMinutes = 15;
/** From here on a token counts as ending: lists and pages say so. */
export const tokenNoticeDays = 14;

export const tokenStates = ['active', 'ending', 'expired', 'revoked'] as const;
export type TokenState = (typeof tokenStates)[number];

const cidr = z.union([z.cidrv4(), z.cidrv6()], 'use an address range such as 10.0.0.0/8 or 2001:db8::/32');
const permission = z.enum(permissions as [Permission, ...Permission[]]);

/**
 * The most a token may do. What its owner may not do, it may not either. A list that is left out does not narrow;
 * an empty one would allow nothing, so it is refused.
 */
export const tokenLimitsSchema = z.strictObject({
  permissions: z.array(permission).min(1, 'choose at least one permission').max(permissions.length),
  clusterIds: z.array(id('clu')).min(1).max(200).optional(),
  /** Clusters that have all these labels; instead of `clusterIds`. */
  clusterSelector: z
    .record(z.string().min(1).max(63), z.string().max(63))
    .refine((selector) => Object.keys(selector).length > 0, 'name at least one label')
    .optional(),
  projectIds: z.array(id('prj')).min(1).max(200).optional(),
  environmentIds: z.array(id('env')).min(1).max(200).optional(),
  namespaces: z
    .array(z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'this is not the name of a namespace'))
    .min(1)
    .max(200)
    .optional(),
  /** Networks it may be used from. */
  cidrs: z.array(cidr).min(1).max(50).optional(),
});
export type TokenLimitsInput = z.infer<typeof tokenLimitsSchema>;

const oneWayToNameClusters = {
  check: (limits: TokenLimitsInput) => limits.clusterIds === undefined || limits.clusterSelector === undefined,
  message: { path: ['clusterSelector'], error: 'name clusters by id or by labels, not both' },
};

export const tokenSchema = z.object({
  id: id('tok'),
  kind: z.enum(tokenKinds),
  name: z.string(),
  /** First characters of the token: enough to find it in a script, useless without the rest. */
  prefix: z.string(),
  owner: z.object({ kind: z.enum(['user', 'service-account']), id: z.string(), name: z.string() }),
  limits: tokenLimitsSchema,
  state: z.enum(tokenStates),
  createdAt: timeSchema,
  /** Who made it; absent when that account is gone or the token came from an exchange. */
  createdBy: z.string().optional(),
  expiresAt: timeSchema,
  /** Days until it expires, to the nearest one; 0 when hours are left, and after. */
  endsInDays: z.number().int(),
  /** Written at most once a minute. */
  lastUsedAt: timeSchema.optional(),
  lastUsedIp: z.string().optional(),
  revokedAt: timeSchema.optional(),
});
export type Token = z.infer<typeof tokenSchema>;

/** The only answer that ever holds the token itself. */
export const createdTokenSchema = z.object({ token: tokenSchema, secret: z.string() });

const tokenName = z.string().trim().min(1).max(100);

function newToken(maxDays: number) {
  return z
    .strictObject({
      name: tokenName,
      expiresInDays: z
        .number()
        .int()
        .min(1)
        .max(maxDays, `at most ${maxDays} days: make a new one before it ends`)
        .default(tokenDefaultDays),
      ...tokenLimitsSchema.shape,
    })
    .refine(oneWayToNameClusters.check, oneWayToNameClusters.message);
}

const tokenQuery = listQuery.extend({
  state: csv(z.enum(tokenStates)).optional(),
  /** Only those that end within so many days and have not ended yet. */
  endsWithinDays: z.coerce.number().int().min(0).max(365).optional(),
});

export const listMyTokens = endpoint({
  name: 'listMyTokens',
  method: 'GET',
  path: '/me/tokens',
  summary: 'Own personal tokens, newest first',
  permission: 'identity:self',
  query: tokenQuery,
  response: listOf(tokenSchema),
  errors: ['invalid_cursor'],
});

export const createMyToken = endpoint({
  name: 'createMyToken',
  method: 'POST',
  path: '/me/tokens',
  summary: 'Make a personal token; the answer is the only one that shows it',
  permission: 'identity:self',
  stepUp: true,
  body: newToken(tokenMaxDays.personal),
  response: createdTokenSchema,
  status: 201,
  errors: ['too_many_tokens'],
});

export const revokeMyToken = endpoint({
  name: 'revokeMyToken',
  method: 'DELETE',
  path: '/me/tokens/:id',
  summary: 'Revoke one of the own tokens: requests fail and streams close within 5 s',
  permission: 'identity:self',
  params: z.strictObject({ id: id('tok') }),
  errors: [],
});

export const getCurrentToken = endpoint({
  name: 'getCurrentToken',
  method: 'GET',
  path: '/me/token',
  summary: 'The token of this request: whose it is, what it may do, when it ends',
  permission: 'identity:self',
  response: tokenSchema,
  errors: [],
});

export const listTokens = endpoint({
  name: 'listTokens',
  method: 'GET',
  path: '/tokens',
  summary: 'Every token of the installation, newest first',
  permission: 'identity:manage',
  query: tokenQuery.extend({ kind: csv(z.enum(tokenKinds)).optional() }),
  response: listOf(tokenSchema),
  errors: ['invalid_cursor'],
});

export const revokeToken = endpoint({
  name: 'revokeToken',
  method: 'DELETE',
  path: '/tokens/:id',
  summary: "Revoke anybody's token: requests fail and streams close within 5 s",
  permission: 'identity:manage',
  params: z.strictObject({ id: id('tok') }),
  errors: ['owners_only'],
});

export const serviceAccountSchema = z.object({
  id: id('sva'),
  name: z.string(),
  description: z.string(),
  /** The project it belongs to; absent for the fleet. */
  projectId: id('prj').optional(),
  disabled: z.boolean(),
  createdAt: timeSchema,
  /** Tokens that work now, exchanged ones not counted. */
  activeTokens: z.number().int(),
  lastUsedAt: timeSchema.optional(),
});
export type ServiceAccount = z.infer<typeof serviceAccountSchema>;

const serviceAccountName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{1,62}$/, 'use 2 to 63 lower-case letters, digits, dots, dashes or underscores');
const description = z.string().trim().max(300);
const accountParams = z.strictObject({ id: id('sva') });

export const listServiceAccounts = endpoint({
  name: 'listServiceAccounts',
  method: 'GET',
  path: '/service-accounts',
  summary: 'Service accounts of the fleet and projects where you may manage them, by name',
  permission: 'identity:service-accounts',
  query: listQuery.extend({ projectId: id('prj').optional() }),
  response: listOf(serviceAccountSchema),
  errors: ['invalid_cursor'],
});

export const createServiceAccount = endpoint({
  name: 'createServiceAccount',
  method: 'POST',
  path: '/service-accounts',
  summary: 'Make a service account of the fleet, or of a project; it may do nothing until it is granted a role',
  permission: 'identity:service-accounts',
  body: z.strictObject({
    name: serviceAccountName,
    description: description.default(''),
    projectId: id('prj').optional(),
  }),
  response: serviceAccountSchema,
  status: 201,
  errors: ['service_account_exists'],
});

export const updateServiceAccount = endpoint({
  name: 'updateServiceAccount',
  method: 'PATCH',
  path: '/service-accounts/:id',
  summary: 'Rename, describe, disable or enable a service account; a disabled one signs in nowhere',
  permission: 'identity:service-accounts',
  params: accountParams,
  body: z.strictObject({
    name: serviceAccountName.optional(),
    description: description.optional(),
    disabled: z.boolean().optional(),
  }),
  response: serviceAccountSchema,
  errors: ['service_account_exists', 'owners_only'],
});

export const deleteServiceAccount = endpoint({
  name: 'deleteServiceAccount',
  method: 'DELETE',
  path: '/service-accounts/:id',
  summary: 'Delete a service account with its tokens, trust rules and grants',
  permission: 'identity:service-accounts',
  params: accountParams,
  errors: ['owners_only'],
});

export const listServiceAccountTokens = endpoint({
  name: 'listServiceAccountTokens',
  method: 'GET',
  path: '/service-accounts/:id/tokens',
  summary: 'Tokens of a service account, newest first',
  permission: 'identity:service-accounts',
  params: accountParams,
  query: tokenQuery,
  response: listOf(tokenSchema),
  errors: ['invalid_cursor'],
});

export const createServiceAccountToken = endpoint({
  name: 'createServiceAccountToken',
  method: 'POST',
  path: '/service-accounts/:id/tokens',
  summary: 'Make a token of a service account with permissions you hold yourself; shown once, in this answer',
  permission: 'identity:service-accounts',
  stepUp: true,
  params: accountParams,
  body: newToken(tokenMaxDays.service),
  response: createdTokenSchema,
  status: 201,
  errors: ['too_many_tokens', 'service_account_disabled', 'permission_not_held', 'owners_only'],
});

export const revokeServiceAccountToken = endpoint({
  name: 'revokeServiceAccountToken',
  method: 'DELETE',
  path: '/service-accounts/:id/tokens/:token',
  summary: 'Revoke a token of a service account: requests fail and streams close within 5 s',
  permission: 'identity:service-accounts',
  params: z.strictObject({ id: id('sva'), token: id('tok') }),
  errors: ['owners_only'],
});

export const tokensEndpoints = [
  listMyTokens,
  createMyToken,
  revokeMyToken,
  getCurrentToken,
  listTokens,
  revokeToken,
  listServiceAccounts,
  createServiceAccount,
  updateServiceAccount,
  deleteServiceAccount,
  listServiceAccountTokens,
  createServiceAccountToken,
  revokeServiceAccountToken,
];
