import { z } from 'zod';
import { tiers } from './access.ts';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';

/** Of all its targets the worst; `absent`: it goes to no such environment that you may see. */
export const dependencyHealths = ['failed', 'unknown', 'not_deployed', 'updating', 'absent', 'healthy'] as const;
export type DependencyHealth = (typeof dependencyHealths)[number];

/** How the other application is where it stands beside one environment of the application that was asked about. */
export const dependencyEnvironmentSchema = z.object({
  environmentId: id('env'),
  environment: z.string(),
  tier: z.enum(tiers),
  /** Of the other application: the one of the same name, else of the same tier. */
  theirs: z.string().optional(),
  health: z.enum(dependencyHealths),
  targetCount: z.number().int(),
  healthyCount: z.number().int(),
  /** Clusters in which it is as bad as `health` says. */
  clusters: z.array(z.string()),
  reason: z.string().optional(),
});

export const dependencySchema = z.object({
  applicationId: id('app'),
  project: z.string(),
  application: z.string(),
  displayName: z.string(),
  environments: z.array(dependencyEnvironmentSchema),
});
export type Dependency = z.infer<typeof dependencySchema>;

/** One beside one environment, where it is not as it must be. */
export const unwellDependencySchema = dependencySchema
  .omit({ environments: true })
  .extend(dependencyEnvironmentSchema.shape);
export type UnwellDependency = z.infer<typeof unwellDependencySchema>;

export const dependenciesSchema = z.object({
  needs: z.array(dependencySchema),
  /** At most 100. */
  neededBy: z.array(dependencySchema),
  neededByCount: z.number().int(),
  /** Those that you may not see: nothing is told of them but that there are some. */
  hiddenNeeds: z.number().int(),
  hiddenNeededBy: z.number().int(),
});
export type Dependencies = z.infer<typeof dependenciesSchema>;

const params = z.strictObject({ id: id('app') });

export const getDependencies = endpoint({
  name: 'getDependencies',
  method: 'GET',
  path: '/applications/:id/dependencies',
  summary: 'What an application needs and what needs it, with their health beside each of its environments',
  permission: 'applications:read',
  params,
  response: dependenciesSchema,
  errors: [],
});

export const addDependency = endpoint({
  name: 'addDependency',
  method: 'POST',
  path: '/applications/:id/dependencies',
  summary: 'Declare that an application needs another one that you may see; declared already, it stays so',
  permission: 'applications:write',
  params,
  body: z.strictObject({
    /** `project/application`, of this or another project. */
    application: z
      .string()
      .trim()
      .regex(/^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}$/, 'write project and application, such as shop/web'),
  }),
  response: dependenciesSchema,
  errors: ['unknown_application', 'dependency_cycle', 'too_many_dependencies'],
});

export const removeDependency = endpoint({
  name: 'removeDependency',
  method: 'DELETE',
  path: '/applications/:id/dependencies/:needs',
  summary: 'An application needs another one no more',
  permission: 'applications:write',
  params: z.strictObject({ id: id('app'), needs: id('app') }),
  response: dependenciesSchema,
  errors: [],
});

export const dependenciesEndpoints = [getDependencies, addDependency, removeDependency];
