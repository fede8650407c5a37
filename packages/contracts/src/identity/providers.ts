import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { listOf, timeSchema } from '../lists.ts';
import { displayNameSchema } from './account.ts';

/** Signatures of ID tokens that are taken; one of them is pinned per provider. Never `none`, never a shared secret. */
export const signingAlgorithms = ['RS256', 'PS256', 'ES256', 'EdDSA'] as const;

const settings = {
  name: displayNameSchema.max(60),
  clientId: z.string().trim().min(1).max(300),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,80}$/, 'a scope has no spaces, quotes or backslashes'))
    .max(20),
  /** Claim of the ID token that lists groups; left out: the provider gives none. */
  groupsClaim: z.string().trim().min(1).max(200),
  caPem: z.string().max(65_536).startsWith('-----BEGIN CERTIFICATE-----', 'paste certificates in PEM form'),
  signingAlgorithm: z.enum(signingAlgorithms),
  clientSecret: z.string().min(1).max(1000),
};
const issuer = z
  .url({ protocol: /^https$/, error: 'an issuer is an https address, exactly as the provider writes it' })
  .max(500)
  .refine((value) => !/[?#@\s]/.test(value), 'an issuer has no query, fragment or user name');

export const providerSchema = z.object({
  id: id('idp'),
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  scopes: z.array(z.string()),
  groupsClaim: z.string().optional(),
  caPem: z.string().optional(),
  signingAlgorithm: z.enum(signingAlgorithms),
  enabled: z.boolean(),
  /** What to register at the provider. */
  redirectUris: z.array(z.string()),
  postLogoutRedirectUris: z.array(z.string()),
  backchannelLogoutUri: z.string(),
  createdAt: timeSchema,
  updatedAt: timeSchema,
  people: z.number().int(),
});
export type IdentityProvider = z.infer<typeof providerSchema>;

const draft = {
  name: settings.name,
  issuer,
  clientId: settings.clientId,
  scopes: settings.scopes.default(['openid', 'profile', 'email']),
  groupsClaim: settings.groupsClaim.optional(),
  caPem: settings.caPem.optional(),
  signingAlgorithm: settings.signingAlgorithm.default('RS256'),
};
const params = z.strictObject({ id: id('idp') });

export const listIdentityProviders = endpoint({
  name: 'listIdentityProviders',
  method: 'GET',
  path: '/identity-providers',
  summary: 'OIDC providers with their settings; secrets are never returned',
  permission: 'identity:configure',
  response: listOf(providerSchema).extend({
    /** An unused id, so that the addresses of a provider can be registered there before it is saved here. */
    draft: z.object({ id: id('idp'), redirectUris: z.array(z.string()), backchannelLogoutUri: z.string() }),
  }),
  errors: [],
});

export const createIdentityProvider = endpoint({
  name: 'createIdentityProvider',
  method: 'POST',
  path: '/identity-providers',
  summary: 'Add an OIDC provider',
  permission: 'identity:configure',
  stepUp: true,
  body: z.strictObject({
    /** The id of the draft, where its addresses were registered before. */
    id: id('idp').optional(),
    ...draft,
    clientSecret: settings.clientSecret,
    enabled: z.boolean().default(true),
  }),
  response: providerSchema,
  status: 201,
  errors: ['name_taken', 'issuer_taken', 'id_taken', 'ca_invalid'],
});

export const updateIdentityProvider = endpoint({
  name: 'updateIdentityProvider',
  method: 'PATCH',
  path: '/identity-providers/:id',
  summary: 'Change an OIDC provider; the issuer stays, as accounts are known by it',
  permission: 'identity:configure',
  stepUp: true,
  params,
  body: z.strictObject({
    name: settings.name.optional(),
    clientId: settings.clientId.optional(),
    clientSecret: settings.clientSecret.optional(),
    scopes: settings.scopes.optional(),
    groupsClaim: settings.groupsClaim.nullable().optional(),
    caPem: settings.caPem.nullable().optional(),
    signingAlgorithm: settings.signingAlgorithm.optional(),
    enabled: z.boolean().optional(),
  }),
  response: providerSchema,
  errors: ['name_taken', 'ca_invalid'],
});

export const deleteIdentityProvider = endpoint({
  name: 'deleteIdentityProvider',
  method: 'DELETE',
  path: '/identity-providers/:id',
  summary: 'Remove an OIDC provider: sessions and groups it gave end, its accounts stay without a way in',
  permission: 'identity:configure',
  stepUp: true,
  params,
  errors: [],
});

export const providerCheckSchema = z.object({
  id: z.enum(['address', 'discovery', 'issuer', 'keys', 'scopes', 'client', 'redirect', 'logout']),
  level: z.enum(['ok', 'warn', 'block']),
  title: z.string(),
  detail: z.string(),
  /** What to do about it. */
  remedy: z.string().optional(),
});
export type ProviderCheck = z.infer<typeof providerCheckSchema>;

export const testIdentityProvider = endpoint({
  name: 'testIdentityProvider',
  method: 'POST',
  path: '/identity-providers/test',
  summary: 'Try the settings of an OIDC provider, saved or not: a report of what works and what to mend',
  permission: 'identity:configure',
  body: z.strictObject({
    ...draft,
    name: settings.name.optional(),
    /** Of a stored provider, whose secret is used where none is given, or of the draft. */
    id: id('idp').optional(),
    clientSecret: settings.clientSecret.optional(),
  }),
  response: z.object({
    ok: z.boolean(),
    checks: z.array(providerCheckSchema),
    redirectUris: z.array(z.string()),
    /** Claims that the provider says it can give. */
    claims: z.array(z.string()),
  }),
  errors: ['ca_invalid'],
});

export const providersEndpoints = [
  listIdentityProviders,
  createIdentityProvider,
  updateIdentityProvider,
  deleteIdentityProvider,
  testIdentityProvider,
];
