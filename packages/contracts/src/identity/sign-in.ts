import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { accountNameSchema, displayNameSchema, meSchema, passwordSchema } from './account.ts';

/** A code of the authenticator, or one of the ten recovery codes. */
export const secondFactorCodeSchema = z.string().trim().min(6).max(32);

export const claimInstance = endpoint({
  name: 'claimInstance',
  method: 'POST',
  path: '/auth/setup',
  summary: 'Claim a new installation with the one-time setup code and create its owner',
  permission: 'public',
  body: z.strictObject({
    code: z.string().min(1).max(64),
    name: accountNameSchema,
    displayName: displayNameSchema,
    password: passwordSchema,
  }),
  response: meSchema,
  status: 201,
  errors: ['setup_code_invalid', 'setup_code_exhausted', 'already_claimed', 'password_too_weak'],
});

export const signIn = endpoint({
  name: 'signIn',
  method: 'POST',
  path: '/auth/sign-in',
  summary: 'Sign in with a local account; answers with a session cookie',
  permission: 'public',
  body: z.strictObject({
    name: z.string().min(1).max(100),
    password: z.string().min(1).max(128),
    code: secondFactorCodeSchema.optional(),
  }),
  response: meSchema,
  errors: ['sign_in_failed', 'second_factor_required', 'second_factor_failed'],
});

export const resetPassword = endpoint({
  name: 'resetPassword',
  method: 'POST',
  path: '/auth/reset',
  summary: 'Set the password of a local account with a one-time link',
  permission: 'public',
  body: z.strictObject({ token: z.string().min(1).max(100), password: passwordSchema }),
  errors: ['reset_link_invalid', 'password_too_weak'],
});

export const listProviders = endpoint({
  name: 'listProviders',
  method: 'GET',
  path: '/auth/providers',
  summary: 'Ways to sign in, and whether the installation still waits to be claimed',
  permission: 'public',
  response: z.object({
    claimed: z.boolean(),
    providers: z.array(z.object({ id: z.string(), kind: z.enum(['oidc', 'local']), name: z.string() })),
    /** With a provider on, local accounts are for emergencies: each use is recorded and reported. */
    localIsBreakGlass: z.boolean(),
  }),
  errors: [],
});

export const startProviderSignIn = endpoint({
  name: 'startProviderSignIn',
  method: 'POST',
  path: '/auth/providers/:id/start',
  summary: 'Begin a sign-in at an OIDC provider: answers with the address to go to',
  permission: 'public',
  params: z.strictObject({ id: id('idp') }),
  body: z.strictObject({
    /** A page of the portal to return to; anything else becomes `/`. */
    returnTo: z.string().max(2000).optional(),
  }),
  response: z.object({ location: z.string() }),
  errors: ['provider_unreachable', 'provider_misconfigured'],
});

export const providerCallback = endpoint({
  name: 'providerCallback',
  method: 'GET',
  path: '/auth/providers/:id/callback',
  summary: 'Where an OIDC provider sends the browser back to; answers with a session cookie and the page asked for',
  permission: 'public',
  params: z.strictObject({ id: id('idp') }),
  query: z.record(z.string().max(40), z.string().max(8000)),
  response: z.object({ location: z.string() }),
  redirects: { failurePage: '/sign-in' },
  errors: [
    'sign_in_expired',
    'provider_refused',
    'provider_answer_invalid',
    'provider_unreachable',
    'account_disabled',
    'not_reauthenticated',
  ],
});

export const providerLogout = endpoint({
  name: 'providerLogout',
  method: 'POST',
  path: '/auth/providers/:id/logout',
  summary: 'Back-channel logout: an OIDC provider ends the sessions of a person it signed out',
  permission: 'public',
  params: z.strictObject({ id: id('idp') }),
  form: true,
  anyOrigin: true,
  body: z.object({ logout_token: z.string().min(1).max(16_384) }),
  response: z.object({ ended: z.number().int() }),
  errors: ['logout_token_invalid', 'provider_unreachable'],
});

export const signInEndpoints = [
  claimInstance,
  signIn,
  resetPassword,
  listProviders,
  startProviderSignIn,
  providerCallback,
  providerLogout,
];
