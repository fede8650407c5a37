import { z } from 'zod';
import { environmentRuleSchema, slugSchema, tiers } from './access.ts';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { csv, listOf, listQuery, timeSchema } from './lists.ts';

export const targetSchema = z.object({
  id: id('tgt'),
  clusterId: id('clu'),
  cluster: z.string(),
  namespace: z.string(),
  state: z.enum(['active', 'leaving', 'paused']),
  /** Health of what runs there by the newest release that touched it. */
  health: z.enum(['not_deployed', 'updating', 'healthy', 'failed', 'unknown']),
  healthReason: z.string().optional(),
  currentReleaseId: id('rel').optional(),
  currentReleaseNumber: z.number().int().optional(),
  image: z.string().optional(),
});

export const applicationEnvironmentSchema = z.object({
  environmentId: id('env'),
  name: z.string(),
  tier: z.enum(tiers),
  targets: z.array(targetSchema),
});

export const applicationSchema = z.object({
  id: id('app'),
  projectId: id('prj'),
  project: z.string(),
  slug: z.string(),
  displayName: z.string(),
  team: z.string().optional(),
  createdAt: timeSchema,
  environments: z.array(applicationEnvironmentSchema),
});
export type Application = z.infer<typeof applicationSchema>;

/** An environment is one that exists, or a new one with the rules that make its targets. */
const environmentChoice = z.union([
  z.strictObject({ environmentId: id('env') }),
  z.strictObject({ name: slugSchema, tier: z.enum(tiers), rules: z.array(environmentRuleSchema).min(1).max(50) }),
]);

export const createApplication = endpoint({
  name: 'createApplication',
  method: 'POST',
  path: '/applications',
  summary: 'Create an application with the environments it goes to',
  permission: 'applications:write',
  body: z.strictObject({
    projectId: id('prj'),
    slug: slugSchema,
    displayName: z.string().trim().min(1).max(100).optional(),
    team: z.string().trim().max(100).optional(),
    environments: z.array(environmentChoice).min(1).max(10),
  }),
  response: applicationSchema,
  status: 201,
  errors: [
    'application_exists',
    'environment_exists',
    'no_target',
    'namespace_reserved',
    'namespace_taken',
    'quota_reached',
    'project_archived',
  ],
  idempotent: true,
});

export const listApplications = endpoint({
  name: 'listApplications',
  method: 'GET',
  path: '/applications',
  summary: 'Applications with version and health per environment and cluster',
  permission: 'applications:read',
  query: listQuery.extend({ project: z.string().max(40).optional(), slug: csv(z.string().max(40)).optional() }),
  response: listOf(applicationSchema),
  errors: ['invalid_cursor'],
});

const applicationParams = z.strictObject({ id: id('app') });

export const getApplication = endpoint({
  name: 'getApplication',
  method: 'GET',
  path: '/applications/:id',
  summary: 'One application with its targets',
  permission: 'applications:read',
  params: applicationParams,
  response: applicationSchema,
  errors: [],
});

export const deleteApplication = endpoint({
  name: 'deleteApplication',
  method: 'DELETE',
  path: '/applications/:id',
  summary: 'Delete an application that has nothing left in any cluster',
  permission: 'applications:delete',
  params: applicationParams,
  errors: ['application_live'],
});

export const applicationsEndpoints = [createApplication, listApplications, getApplication, deleteApplication];
