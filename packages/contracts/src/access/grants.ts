import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { csv, listOf, listQuery, timeSchema } from '../lists.ts';
import { permissionSchema, scopeKinds, scopeSchema, subjectSchema, subjectViewSchema } from './scopes.ts';

/** A role for a subject at a place. */
export const grantSchema = z.object({
  id: id('grt'),
  subject: subjectViewSchema,
  roleId: z.string(),
  role: z.string(),
  scope: scopeSchema,
  /** Where it holds in words: `Whole fleet`, `tier=production`, `shop`, `shop / staging`. */
  scopeName: z.string(),
  /** The project of a project or environment grant: the members page groups by it. */
  projectId: id('prj').optional(),
  expiresAt: timeSchema.optional(),
  expired: z.boolean(),
  createdAt: timeSchema,
  /** Empty for the grants of the claim. */
  createdBy: z.string(),
  /** When it last decided something, to the minute; missing when never. */
  lastUsedAt: timeSchema.optional(),
});
export type Grant = z.infer<typeof grantSchema>;

export const newGrantSchema = z.strictObject({
  subject: subjectSchema,
  roleId: z.string().min(1).max(60),
  scope: scopeSchema,
  /** Leave out for a grant without an end. */
  expiresAt: timeSchema.optional(),
});

export const listGrants = endpoint({
  name: 'listGrants',
  method: 'GET',
  path: '/access/grants',
  summary: 'Grants you may read; `project` gives the members of a project, its environments included',
  permission: 'access:read',
  query: listQuery.extend({
    subject: z.string().max(40).optional(),
    role: z.string().max(60).optional(),
    project: id('prj').optional(),
    environment: id('env').optional(),
    cluster: id('clu').optional(),
    scope: csv(z.enum(scopeKinds)).optional(),
    expired: z.enum(['true', 'false']).optional(),
  }),
  response: listOf(grantSchema),
  errors: ['invalid_cursor'],
});

export const previewGrant = endpoint({
  name: 'previewGrant',
  method: 'POST',
  path: '/access/grants/preview',
  summary: 'What a grant would give: permissions gained, clusters and namespaces reached, why it would be refused',
  permission: 'access:grant',
  body: newGrantSchema,
  response: z.object({
    /** Permissions of the role that the subject does not hold there yet. */
    gains: z.array(permissionSchema),
    holds: z.array(permissionSchema),
    clusters: z.number().int(),
    namespaces: z.number().int(),
    /** Groups it adds inside the member clusters. */
    groups: z.array(z.string()),
    refusal: z.object({ code: z.string(), detail: z.string() }).optional(),
  }),
  errors: ['unknown_subject', 'unknown_role', 'unknown_scope'],
});

export const createGrant = endpoint({
  name: 'createGrant',
  method: 'POST',
  path: '/access/grants',
  summary: 'Grant a role: needs access:grant at that place and every permission of the role there or wider',
  permission: 'access:grant',
  body: newGrantSchema,
  response: grantSchema,
  status: 201,
  errors: [
    'unknown_subject',
    'unknown_role',
    'unknown_scope',
    'role_not_for_scope',
    'role_not_for_subject',
    'expiry_in_past',
    'grant_exists',
    'beyond_own_rights',
    'self_grant',
    'owners_only',
    'project_archived',
  ],
});

export const updateGrant = endpoint({
  name: 'updateGrant',
  method: 'PATCH',
  path: '/access/grants/:id',
  summary: 'Change when a grant ends; null takes the end away',
  permission: 'access:grant',
  params: z.strictObject({ id: id('grt') }),
  body: z.strictObject({ expiresAt: timeSchema.nullable() }),
  response: grantSchema,
  errors: ['expiry_in_past', 'beyond_own_rights', 'self_grant', 'owners_only', 'last_owner'],
});

export const revokeGrant = endpoint({
  name: 'revokeGrant',
  method: 'DELETE',
  path: '/access/grants/:id',
  summary: 'Revoke a grant: requests fail and streams close within 5 s, releases under way pause',
  permission: 'access:grant',
  params: z.strictObject({ id: id('grt') }),
  errors: ['owners_only', 'last_owner'],
});

export const grantsEndpoints = [listGrants, previewGrant, createGrant, updateGrant, revokeGrant];
