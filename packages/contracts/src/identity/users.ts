import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { listOf, listQuery, timeSchema } from '../lists.ts';
import { accountNameSchema, displayNameSchema, emailSchema, sessionSchema, userSchema } from './account.ts';

/** An account as those who manage accounts see it. */
export const accountSchema = userSchema.extend({
  provider: z.object({ id: id('idp'), name: z.string() }).optional(),
  disabledAt: timeSchema.optional(),
  lastSignInAt: timeSchema.optional(),
  secondFactor: z.boolean(),
  /** False: a local account that has not used its first link yet. */
  hasPassword: z.boolean(),
  sessions: z.number().int(),
  groups: z.array(z.object({ id: id('grp'), name: z.string() })),
  groupsError: z.string().optional(),
});
export type Account = z.infer<typeof accountSchema>;

/** Shown once; whoever has it sets the password. */
export const resetLinkSchema = z.object({ url: z.string(), expiresAt: timeSchema });

const userParams = z.strictObject({ id: id('usr') });
const ownerErrors = ['owners_only', 'last_owner', 'own_account'] as const;

export const listUsers = endpoint({
  name: 'listUsers',
  method: 'GET',
  path: '/users',
  summary: 'Accounts of people, by name; searches name, display name and e-mail',
  permission: 'identity:read',
  query: listQuery.extend({
    state: z.enum(['active', 'disabled']).optional(),
    /** `local`, or a provider. */
    provider: z.union([z.literal('local'), id('idp')]).optional(),
    group: id('grp').optional(),
  }),
  response: listOf(accountSchema),
  errors: ['invalid_cursor'],
});

export const getUser = endpoint({
  name: 'getUser',
  method: 'GET',
  path: '/users/:id',
  summary: 'One account',
  permission: 'identity:read',
  params: userParams,
  response: accountSchema,
  errors: [],
});

export const createUser = endpoint({
  name: 'createUser',
  method: 'POST',
  path: '/users',
  summary: 'Create a local account; answers with the one-time link that sets its password',
  permission: 'identity:manage',
  body: z.strictObject({
    name: accountNameSchema,
    displayName: displayNameSchema,
    email: emailSchema.optional(),
  }),
  response: z.object({ account: accountSchema, link: resetLinkSchema }),
  status: 201,
  errors: ['name_taken'],
});

export const updateUser = endpoint({
  name: 'updateUser',
  method: 'PATCH',
  path: '/users/:id',
  summary: 'Rename, disable or enable an account; disabling ends its sessions',
  permission: 'identity:manage',
  params: userParams,
  body: z.strictObject({
    name: accountNameSchema.optional(),
    displayName: displayNameSchema.optional(),
    email: emailSchema.nullable().optional(),
    disabled: z.boolean().optional(),
  }),
  response: accountSchema,
  errors: ['name_taken', 'managed_by_provider', ...ownerErrors],
});

export const createResetLink = endpoint({
  name: 'createResetLink',
  method: 'POST',
  path: '/users/:id/reset-link',
  summary: 'A one-time link, good for 24 hours, that sets the password of a local account; older links end',
  permission: 'identity:manage',
  stepUp: true,
  params: userParams,
  body: z.strictObject({
    /** Also take the second factor away, for somebody who lost it. */
    secondFactorToo: z.boolean().default(false),
  }),
  response: resetLinkSchema,
  status: 201,
  errors: ['managed_by_provider', ...ownerErrors],
});

export const listUserSessions = endpoint({
  name: 'listUserSessions',
  method: 'GET',
  path: '/users/:id/sessions',
  summary: 'Sessions of an account, newest first',
  permission: 'identity:manage',
  params: userParams,
  response: listOf(sessionSchema),
  errors: [],
});

export const endUserSessions = endpoint({
  name: 'endUserSessions',
  method: 'DELETE',
  path: '/users/:id/sessions',
  summary: 'End all sessions of an account',
  permission: 'identity:manage',
  params: userParams,
  response: z.object({ ended: z.number().int() }),
  errors: [...ownerErrors],
});

export const endUserSession = endpoint({
  name: 'endUserSession',
  method: 'DELETE',
  path: '/users/:id/sessions/:session',
  summary: 'End one session of an account',
  permission: 'identity:manage',
  params: z.strictObject({ id: id('usr'), session: id('ses') }),
  errors: [...ownerErrors],
});

export const usersEndpoints = [
  listUsers,
  getUser,
  createUser,
  updateUser,
  createResetLink,
  listUserSessions,
  endUserSessions,
  endUserSession,
];
