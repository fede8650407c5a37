import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { listOf, timeSchema } from '../lists.ts';
import { permissions, rungs } from '../permissions.ts';
import { permissionSchema, scopeKinds } from './scopes.ts';

export const roleSchema = z.object({
  /** A word for a built-in role (`developer`), `rol_…` for one of yours. */
  id: z.string(),
  name: z.string(),
  description: z.string(),
  builtIn: z.boolean(),
  permissions: z.array(permissionSchema),
  scopes: z.array(z.enum(scopeKinds)),
  /** The highest rung it needs inside a member cluster; missing when it does nothing there. */
  rung: z.enum(rungs).optional(),
  /** How many grants use it. */
  grants: z.number().int(),
  createdAt: timeSchema,
});
export type Role = z.infer<typeof roleSchema>;

const roleName = z.string().trim().min(2).max(60);
const roleFields = {
  description: z.string().max(300).default(''),
  permissions: z.array(permissionSchema).min(1, 'choose at least one permission').max(permissions.length),
  scopes: z.array(z.enum(scopeKinds)).min(1, 'say where it may be granted'),
};

export const listRoles = endpoint({
  name: 'listRoles',
  method: 'GET',
  path: '/access/roles',
  summary: 'Built-in and custom roles with their permissions, scopes and rung in member clusters',
  permission: 'access:read',
  response: listOf(roleSchema),
  errors: [],
});

export const createRole = endpoint({
  name: 'createRole',
  method: 'POST',
  path: '/access/roles',
  summary: 'Make a custom role of permissions that you hold yourself for the whole fleet',
  permission: 'access:roles',
  body: z.strictObject({ name: roleName, ...roleFields }),
  response: roleSchema,
  status: 201,
  errors: ['role_exists', 'beyond_own_rights'],
});

export const updateRole = endpoint({
  name: 'updateRole',
  method: 'PUT',
  path: '/access/roles/:id',
  summary: 'Replace a custom role; everybody who holds it gains or loses at once',
  permission: 'access:roles',
  params: z.strictObject({ id: id('rol') }),
  body: z.strictObject({ name: roleName, ...roleFields }),
  response: roleSchema,
  errors: ['role_exists', 'role_scope_in_use', 'beyond_own_rights', 'self_grant'],
});

export const deleteRole = endpoint({
  name: 'deleteRole',
  method: 'DELETE',
  path: '/access/roles/:id',
  summary: 'Delete a custom role that no grant uses',
  permission: 'access:roles',
  params: z.strictObject({ id: id('rol') }),
  errors: ['role_in_use'],
});

export const rolesEndpoints = [listRoles, createRole, updateRole, deleteRole];
