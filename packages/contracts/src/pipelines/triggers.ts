import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { listOf, listQuery, timeSchema } from '../lists.ts';

/** What has to come together before a release is made. */
export const triggerRequires = ['image', 'build_and_image'] as const;

/** `regex` is RE2 over the whole tag. */
const tagRule = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('any') }),
  z.strictObject({ kind: z.literal('semver') }),
  z.strictObject({ kind: z.literal('exact'), value: z.string().min(1).max(128) }),
  z.strictObject({ kind: z.literal('glob'), value: z.string().min(1).max(128) }),
  z.strictObject({ kind: z.literal('regex'), value: z.string().min(1).max(200) }),
]);
export type TagRule = z.infer<typeof tagRule>;

const conditions = {
  /** Image slot of the template: `main`. */
  slot: z.string().regex(/^[a-z][a-zA-Z0-9-]{0,39}$/, 'the name of an image of the template, such as main'),
  /** Registry and path, without tag: `registry.example.com/shop/web`. */
  repository: z
    .string()
    .trim()
    .max(400)
    .regex(
      /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/,
      'registry and path without a tag, such as registry.example.com/shop/web',
    ),
  tags: tagRule,
  requires: z.enum(triggerRequires),
  connectionId: id('con').optional(),
  /** GitLab's number of the project: paths can be renamed and taken by others, numbers cannot. */
  gitlabProjectId: z.number().int().positive().optional(),
  /** A branch or tag, or a pattern with `*`; several with commas. */
  refs: z.string().trim().max(500).optional(),
  /** A job whose success counts, instead of the whole pipeline's. */
  job: z.string().trim().min(1).max(255).optional(),
  enabled: z.boolean(),
};

export const deployTriggerSchema = z.object({
  id: id('trg'),
  projectId: id('prj'),
  project: z.string(),
  applicationId: id('app'),
  application: z.string(),
  environmentId: id('env'),
  environment: z.string(),
  /** Production takes builds of protected branches and tags alone. */
  protectedOnly: z.boolean(),
  connection: z.string().optional(),
  ...conditions,
  refs: z.string().optional(),
  job: z.string().optional(),
  createdAt: timeSchema,
});
export type DeployTrigger = z.infer<typeof deployTriggerSchema>;

const body = z.strictObject({
  ...conditions,
  slot: conditions.slot.default('main'),
  tags: tagRule.default({ kind: 'any' }),
  enabled: z.boolean().default(true),
});

export const createDeployTrigger = endpoint({
  name: 'createDeployTrigger',
  method: 'POST',
  path: '/deploy-triggers',
  summary: 'Deploy an application to an environment by itself when its image, and its build, arrive',
  permission: 'pipelines:manage',
  body: body.extend({ applicationId: id('app'), environmentId: id('env') }),
  response: deployTriggerSchema,
  status: 201,
  errors: ['unknown_connection', 'unknown_environment', 'trigger_incomplete', 'tag_rule_invalid', 'image_not_allowed'],
});

export const listDeployTriggers = endpoint({
  name: 'listDeployTriggers',
  method: 'GET',
  path: '/deploy-triggers',
  summary: 'What deploys by itself, and when',
  permission: 'pipelines:read',
  query: listQuery.extend({ project: z.string().max(40).optional(), application: id('app').optional() }),
  response: listOf(deployTriggerSchema),
  errors: ['invalid_cursor'],
});

const triggerParams = z.strictObject({ id: id('trg') });

export const replaceDeployTrigger = endpoint({
  name: 'replaceDeployTrigger',
  method: 'PUT',
  path: '/deploy-triggers/:id',
  summary: 'Change when a trigger deploys; what waits under the old rule is forgotten',
  permission: 'pipelines:manage',
  params: triggerParams,
  body,
  response: deployTriggerSchema,
  errors: ['unknown_connection', 'trigger_incomplete', 'tag_rule_invalid', 'image_not_allowed'],
});

export const deleteDeployTrigger = endpoint({
  name: 'deleteDeployTrigger',
  method: 'DELETE',
  path: '/deploy-triggers/:id',
  summary: 'Deploy by itself no more',
  permission: 'pipelines:manage',
  params: triggerParams,
  errors: [],
});

export const triggersEndpoints = [createDeployTrigger, listDeployTriggers, replaceDeployTrigger, deleteDeployTrigger];
