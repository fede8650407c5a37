import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { listOf, timeSchema } from '../lists.ts';

/** Tiers of environments and clusters. */
export const tiers = ['production', 'staging', 'test', 'development'] as const;

export const slugSchema = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/, 'use 1 to 40 lower-case letters, digits and dashes, a letter first');

/** Where an environment may put things: clusters by labels (every cluster has the label `cluster` = its slug) and a namespace. */
export const environmentRuleSchema = z.strictObject({
  selector: z.record(z.string().max(63), z.string().max(63)),
  namespace: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'a namespace has up to 63 lower-case letters, digits and dashes'),
});

export const environmentSchema = z.object({
  id: id('env'),
  projectId: id('prj'),
  name: z.string(),
  tier: z.enum(tiers),
  rules: z.array(environmentRuleSchema),
  /** In the project, 0 is first: the order in which a change goes through them. */
  position: z.number().int().min(0),
  /** Raised by each change of tier and rules. */
  revision: z.number().int().min(1),
  createdAt: timeSchema,
});

/** Bounds of a project; what is left out is not bounded. */
export const quotasSchema = z.strictObject({
  environments: z.number().int().min(0).max(1000).optional(),
  namespaces: z.number().int().min(0).max(10_000).optional(),
  applications: z.number().int().min(0).max(10_000).optional(),
});
export type Quotas = z.infer<typeof quotasSchema>;

/** `registry.example.com/shop`: an image belongs to it when the path below continues it at a slash. */
const registryPrefix = z
  .string()
  .max(200)
  .regex(
    /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(\/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$/,
    'a registry prefix is a host and a path in lower case, without scheme, tag and trailing slash',
  );
const templateSource = z.string().trim().min(1).max(200);
const projectName = z.string().trim().min(1).max(80);

const tenancy = {
  /** Where images may come from; empty: anywhere. */
  registries: z.array(registryPrefix).max(50),
  /** Names of templates it may deploy; empty: all. */
  templateSources: z.array(templateSource).max(50),
  quotas: quotasSchema,
};

export const projectSchema = z.object({
  id: id('prj'),
  slug: z.string(),
  displayName: z.string(),
  ...tenancy,
  /** The service account that its standing automation runs as; it holds the role `automation` here. */
  automationId: id('sva').optional(),
  archivedAt: timeSchema.optional(),
  createdAt: timeSchema,
});
export type Project = z.infer<typeof projectSchema>;

const oneProject = z.strictObject({ id: id('prj') });

export const listProjects = endpoint({
  name: 'listProjects',
  method: 'GET',
  path: '/projects',
  summary: 'Projects in which you can read environments, those with one environment of yours included',
  permission: 'environments:read',
  query: z.strictObject({ archived: z.enum(['true', 'false']).optional(), q: z.string().max(200).optional() }),
  response: listOf(projectSchema),
  errors: [],
});

export const getProject = endpoint({
  name: 'getProject',
  method: 'GET',
  path: '/projects/:id',
  summary: 'One project with its registries, quotas and automation account',
  permission: 'environments:read',
  params: oneProject,
  response: projectSchema,
  errors: [],
});

export const createProject = endpoint({
  name: 'createProject',
  method: 'POST',
  path: '/projects',
  summary: 'Create a project: a tenant with its own members, environments and groups in member clusters',
  permission: 'access:projects',
  body: z.strictObject({
    slug: slugSchema,
    displayName: projectName.optional(),
    registries: tenancy.registries.default([]),
    templateSources: tenancy.templateSources.default([]),
    quotas: tenancy.quotas.default({}),
  }),
  response: projectSchema,
  status: 201,
  errors: ['project_exists'],
});

export const updateProject = endpoint({
  name: 'updateProject',
  method: 'PATCH',
  path: '/projects/:id',
  summary: 'Rename a project, or change its registries, template sources and quotas; the slug stays',
  permission: 'access:projects',
  params: oneProject,
  body: z.strictObject({
    displayName: projectName.optional(),
    registries: tenancy.registries.optional(),
    templateSources: tenancy.templateSources.optional(),
    quotas: tenancy.quotas.optional(),
  }),
  response: projectSchema,
  errors: ['project_archived'],
});

export const archiveProject = endpoint({
  name: 'archiveProject',
  method: 'POST',
  path: '/projects/:id/archive',
  summary: 'Archive a project: it can be read, nothing in it can be changed; what runs keeps running',
  permission: 'access:projects',
  stepUp: true,
  params: oneProject,
  response: projectSchema,
  errors: [],
});

export const restoreProject = endpoint({
  name: 'restoreProject',
  method: 'POST',
  path: '/projects/:id/restore',
  summary: 'Take a project out of the archive: grants in it hold again',
  permission: 'access:projects',
  params: oneProject,
  response: projectSchema,
  errors: [],
});

export const listEnvironments = endpoint({
  name: 'listEnvironments',
  method: 'GET',
  path: '/projects/:id/environments',
  summary: 'Environments of a project that you can read, with their rules',
  permission: 'environments:read',
  params: z.strictObject({ id: id('prj') }),
  response: listOf(environmentSchema),
  errors: [],
});

export const createEnvironment = endpoint({
  name: 'createEnvironment',
  method: 'POST',
  path: '/projects/:id/environments',
  summary: 'Create an environment with the rules that say where it may deploy',
  permission: 'access:projects',
  params: z.strictObject({ id: id('prj') }),
  body: z.strictObject({ name: slugSchema, tier: z.enum(tiers), rules: z.array(environmentRuleSchema).min(1).max(50) }),
  response: environmentSchema,
  status: 201,
  errors: ['environment_exists', 'namespace_reserved', 'namespace_taken', 'quota_reached', 'project_archived'],
});

export const updateEnvironment = endpoint({
  name: 'updateEnvironment',
  method: 'PUT',
  path: '/projects/:id/environments/:environment',
  summary: 'Replace the tier and rules of an environment that nobody changed since it was read',
  permission: 'access:projects',
  params: z.strictObject({ id: id('prj'), environment: id('env') }),
  body: z.strictObject({
    tier: z.enum(tiers),
    rules: z.array(environmentRuleSchema).min(1).max(50),
    /** That was read; refused once there is a newer one. */
    revision: z.number().int().min(1),
  }),
  response: environmentSchema,
  errors: ['environment_changed', 'namespace_reserved', 'namespace_taken', 'quota_reached', 'project_archived'],
});

export const orderEnvironments = endpoint({
  name: 'orderEnvironments',
  method: 'PUT',
  path: '/projects/:id/environment-order',
  summary: 'Put the environments of a project into the order in which a change goes through them',
  permission: 'access:projects',
  params: z.strictObject({ id: id('prj') }),
  /** Every environment of the project, first to last. */
  body: z.strictObject({ environmentIds: z.array(id('env')).min(1).max(1000) }),
  response: listOf(environmentSchema),
  errors: ['order_incomplete', 'project_archived'],
});

export const projectsEndpoints = [
  listProjects,
  getProject,
  createProject,
  updateProject,
  archiveProject,
  restoreProject,
  listEnvironments,
  createEnvironment,
  updateEnvironment,
  orderEnvironments,
];
