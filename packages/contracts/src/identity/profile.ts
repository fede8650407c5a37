import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { listOf } from '../lists.ts';
import { displayNameSchema, emailSchema, meSchema, passwordSchema, sessionSchema } from './account.ts';
import { secondFactorCodeSchema } from './sign-in.ts';

export const getMe = endpoint({
  name: 'getMe',
  method: 'GET',
  path: '/me',
  summary: 'Who is signed in, with what rights',
  permission: 'identity:self',
  response: meSchema,
  errors: [],
});

export const updateMe = endpoint({
  name: 'updateMe',
  method: 'PATCH',
  path: '/me',
  summary: 'Change the own display name or e-mail address of a local account',
  permission: 'identity:self',
  body: z.strictObject({ displayName: displayNameSchema.optional(), email: emailSchema.nullable().optional() }),
  response: meSchema,
  errors: ['managed_by_provider'],
});

export const signOut = endpoint({
  name: 'signOut',
  method: 'DELETE',
  path: '/me/session',
  summary: 'End this session; answers where to sign out at the provider, if it offers that',
  permission: 'identity:self',
  response: z.object({ location: z.string().optional() }),
  errors: [],
});

export const listMySessions = endpoint({
  name: 'listMySessions',
  method: 'GET',
  path: '/me/sessions',
  summary: 'Own sessions, newest first',
  permission: 'identity:self',
  response: listOf(sessionSchema),
  errors: [],
});

export const endMySession = endpoint({
  name: 'endMySession',
  method: 'DELETE',
  path: '/me/sessions/:id',
  summary: 'End one of the own sessions',
  permission: 'identity:self',
  params: z.strictObject({ id: id('ses') }),
  errors: [],
});

export const endMyOtherSessions = endpoint({
  name: 'endMyOtherSessions',
  method: 'DELETE',
  path: '/me/sessions',
  summary: 'End all own sessions but this one',
  permission: 'identity:self',
  response: z.object({ ended: z.number().int() }),
  errors: [],
});

export const changePassword = endpoint({
  name: 'changePassword',
  method: 'PUT',
  path: '/me/password',
  summary: 'Change the own password; ends all other sessions and gives this one a new cookie',
  permission: 'identity:self',
  body: z.strictObject({ current: z.string().min(1).max(128), next: passwordSchema }),
  response: meSchema,
  errors: ['password_wrong', 'password_too_weak', 'managed_by_provider'],
});

export const stepUp = endpoint({
  name: 'stepUp',
  method: 'POST',
  path: '/me/step-up',
  summary: 'Prove again who you are, by password and second factor; good for 10 minutes',
  permission: 'identity:self',
  body: z.strictObject({ password: z.string().min(1).max(128), code: secondFactorCodeSchema.optional() }),
  response: meSchema,
  errors: ['password_wrong', 'second_factor_required', 'second_factor_failed', 'managed_by_provider'],
});

export const startStepUp = endpoint({
  name: 'startStepUp',
  method: 'POST',
  path: '/me/step-up/start',
  summary: 'Prove again who you are, at the provider that signed you in: answers with the address to go to',
  permission: 'identity:self',
  body: z.strictObject({ returnTo: z.string().max(2000).optional() }),
  response: z.object({ location: z.string() }),
  errors: ['not_managed_by_provider', 'provider_unreachable', 'provider_misconfigured'],
});

export const startTotp = endpoint({
  name: 'startTotp',
  method: 'POST',
  path: '/me/totp',
  summary: 'Begin with an authenticator: answers with the secret to put into it, shown once',
  permission: 'identity:self',
  stepUp: true,
  response: z.object({ secret: z.string(), uri: z.string() }),
  status: 201,
  errors: ['second_factor_unavailable', 'managed_by_provider', 'second_factor_exists'],
});

export const confirmTotp = endpoint({
  name: 'confirmTotp',
  method: 'POST',
  path: '/me/totp/confirm',
  summary: 'Turn the authenticator on with its first code; answers with ten recovery codes, shown once',
  permission: 'identity:self',
  body: z.strictObject({ code: secondFactorCodeSchema }),
  response: z.object({ recoveryCodes: z.array(z.string()) }),
  errors: ['second_factor_failed', 'second_factor_unavailable', 'second_factor_exists'],
});

export const renewRecoveryCodes = endpoint({
  name: 'renewRecoveryCodes',
  method: 'POST',
  path: '/me/totp/recovery-codes',
  summary: 'Ten new recovery codes, shown once; the old ones end',
  permission: 'identity:self',
  stepUp: true,
  response: z.object({ recoveryCodes: z.array(z.string()) }),
  errors: ['second_factor_unavailable'],
});

export const removeTotp = endpoint({
  name: 'removeTotp',
  method: 'DELETE',
  path: '/me/totp',
  summary: 'Turn the authenticator off, to set up another',
  permission: 'identity:self',
  stepUp: true,
  errors: ['second_factor_unavailable'],
});

export const profileEndpoints = [
  getMe,
  updateMe,
  signOut,
  listMySessions,
  endMySession,
  endMyOtherSessions,
  changePassword,
  stepUp,
  startStepUp,
  startTotp,
  confirmTotp,
  renewRecoveryCodes,
  removeTotp,
];
