import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { listOf, timeSchema } from '../lists.ts';
import { meSchema } from './account.ts';

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

export const profileEndpoints = [getMe, signOut, listMySessions, endMySession];
