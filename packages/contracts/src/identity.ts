import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { listOf, timeSchema } from './lists.ts';
import { type Permission, permissions } from './permissions.ts';

export const userSchema = z.object({
  id: id('usr'),
  name: z.string(),
  displayName: z.string(),
  email: z.string().optional(),
  createdAt: timeSchema,
});

export const meSchema = z.object({
  user: userSchema,
  sessionId: id('ses'),
  sessionExpiresAt: timeSchema,
  /** What this person may do at fleet scope: pages hide what is unreadable. */
  permissions: z.array(z.enum(permissions as [Permission, ...Permission[]])),
});
export type Me = z.infer<typeof meSchema>;

const accountName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{1,62}$/, 'use 2 to 63 lower-case letters, digits, dots, dashes or underscores');
const password = z
  .string()
  .min(12, 'a password has at least 12 characters')
  .max(128, 'a password has at most 128 characters');

export const claimInstance = endpoint({
  name: 'claimInstance',
  method: 'POST',
  path: '/auth/setup',
  summary: 'Claim a new installation with the one-time setup code and create its owner',
  permission: 'public',
  body: z.strictObject({
    code: z.string().min(1).max(64),
    name: accountName,
    displayName: z.string().trim().min(1).max(100),
    password,
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
  body: z.strictObject({ name: z.string().min(1).max(100), password: z.string().min(1).max(128) }),
  response: meSchema,
  errors: ['sign_in_failed'],
});

export const listProviders = endpoint({
  name: 'listProviders',
  method: 'GET',
  path: '/auth/providers',
  summary: 'Ways to sign in, and whether the installation still waits to be claimed',
  permission: 'public',
  response: z.object({
    claimed: z.boolean(),
    providers: z.array(z.object({ id: z.string(), kind: z.enum(['local']), name: z.string() })),
  }),
  errors: [],
});

export const getMe = endpoint({
  name: 'getMe',
  method: 'GET',
  path: '/me',
  summary: 'Who is signed in, with what rights',
  permission: 'identity:self',
  response: meSchema,
  errors: [],
});

export const signOut = endpoint({
  name: 'signOut',
  method: 'DELETE',
  path: '/me/session',
  summary: 'End this session',
  permission: 'identity:self',
  errors: [],
});

export const sessionSchema = z.object({
  id: id('ses'),
  current: z.boolean(),
  createdAt: timeSchema,
  lastUsedAt: timeSchema,
  expiresAt: timeSchema,
  ip: z.string(),
  userAgent: z.string(),
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

export const identityEndpoints = [claimInstance, signIn, listProviders, getMe, signOut, listMySessions, endMySession];
