import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { listOf, listQuery, timeSchema } from '../lists.ts';
import { displayNameSchema } from './account.ts';

/** People who are granted roles together: kept here, or named by a provider. */
export const groupSchema = z.object({
  id: id('grp'),
  /** Of a provider: exactly as its claim writes it. */
  name: z.string(),
  kind: z.enum(['local', 'provider']),
  provider: z.object({ id: id('idp'), name: z.string() }).optional(),
  members: z.number().int(),
  createdAt: timeSchema,
});
export type Group = z.infer<typeof groupSchema>;

const groupParams = z.strictObject({ id: id('grp') });
const memberParams = z.strictObject({ id: id('grp'), user: id('usr') });

export const listGroups = endpoint({
  name: 'listGroups',
  method: 'GET',
  path: '/groups',
  summary: 'Groups, local and of providers, by name',
  permission: 'identity:read',
  query: listQuery.extend({ kind: z.enum(['local', 'provider']).optional() }),
  response: listOf(groupSchema),
  errors: ['invalid_cursor'],
});

export const getGroup = endpoint({
  name: 'getGroup',
  method: 'GET',
  path: '/groups/:id',
  summary: 'One group and how many are in it',
  permission: 'identity:read',
  params: groupParams,
  response: groupSchema,
  errors: [],
});

export const createGroup = endpoint({
  name: 'createGroup',
  method: 'POST',
  path: '/groups',
  summary: 'Create a local group, or name a group of a provider before anybody of it has signed in',
  permission: 'identity:manage',
  body: z.strictObject({ name: displayNameSchema, providerId: id('idp').optional() }),
  response: groupSchema,
  status: 201,
  errors: ['name_taken', 'provider_unknown'],
});

export const renameGroup = endpoint({
  name: 'renameGroup',
  method: 'PATCH',
  path: '/groups/:id',
  summary: 'Rename a local group',
  permission: 'identity:manage',
  params: groupParams,
  body: z.strictObject({ name: displayNameSchema }),
  response: groupSchema,
  errors: ['name_taken', 'managed_by_provider'],
});

export const deleteGroup = endpoint({
  name: 'deleteGroup',
  method: 'DELETE',
  path: '/groups/:id',
  summary: 'Delete a group and the grants it holds',
  permission: 'identity:manage',
  params: groupParams,
  errors: ['owners_only', 'beyond_own_rights'],
});

export const addGroupMember = endpoint({
  name: 'addGroupMember',
  method: 'PUT',
  path: '/groups/:id/members/:user',
  summary: 'Add an account to a local group: counts as granting what the group holds',
  permission: 'identity:manage',
  params: memberParams,
  errors: ['managed_by_provider', 'self_grant', 'owners_only', 'beyond_own_rights'],
});

export const removeGroupMember = endpoint({
  name: 'removeGroupMember',
  method: 'DELETE',
  path: '/groups/:id/members/:user',
  summary: 'Take an account out of a local group',
  permission: 'identity:manage',
  params: memberParams,
  errors: ['managed_by_provider', 'owners_only', 'last_owner'],
});

export const groupsEndpoints = [
  listGroups,
  getGroup,
  createGroup,
  renameGroup,
  deleteGroup,
  addGroupMember,
  removeGroupMember,
];
