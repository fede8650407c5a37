import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { listOf, timeSchema } from './lists.ts';

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
  createdAt: timeSchema,
});

export const projectSchema = z.object({
  id: id('prj'),
  slug: z.string(),
  displayName: z.string(),
  /** The project's number: its groups in member clusters are `quarterdeck:p<number>:<rung>`. */
  number: z.number().int(),
  createdAt: timeSchema,
});

export const listProjects = endpoint({
  name: 'listProjects',
  method: 'GET',
  path: '/projects',
  summary: 'Projects you can read',
  permission: 'access:read',
  response: listOf(projectSchema),
  errors: [],
});

export const listEnvironments = endpoint({
  name: 'listEnvironments',
  method: 'GET',
  path: '/projects/:id/environments',
  summary: 'Environments of a project with their rules',
  permission: 'access:read',
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
  errors: ['environment_exists', 'namespace_reserved', 'namespace_taken'],
});

export const updateEnvironment = endpoint({
  name: 'updateEnvironment',
  method: 'PUT',
  path: '/projects/:id/environments/:environment',
  summary: 'Replace the tier and rules of an environment',
  permission: 'access:projects',
  params: z.strictObject({ id: id('prj'), environment: id('env') }),
  body: z.strictObject({ tier: z.enum(tiers), rules: z.array(environmentRuleSchema).min(1).max(50) }),
  response: environmentSchema,
  errors: ['namespace_reserved', 'namespace_taken'],
});

export const accessEndpoints = [listProjects, listEnvironments, createEnvironment, updateEnvironment];
