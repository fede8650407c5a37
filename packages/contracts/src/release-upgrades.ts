import { z } from 'zod';
import { tiers } from './access.ts';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';

const problemSchema = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
});

const placeSchema = z.object({
  applicationId: id('app'),
  application: z.string(),
  project: z.string(),
  environmentId: id('env'),
  environment: z.string(),
});

export const upgradeItemSchema = placeSchema.extend({
  tier: z.enum(tiers),
  /** The version that is followed now. */
  from: z.string(),
  /** `refused`: a release of the new version would not be taken, for `problem`. */
  state: z.enum(['changes', 'unchanged', 'not_deployed', 'refused']),
  problem: problemSchema.optional(),
  /** Of what would go out; creating the release with it is sure to deploy what was seen. */
  contentSha256: z.string().optional(),
  clusters: z.array(z.string()),
  /** Indices into `changes`. */
  changes: z.array(z.number().int()),
});

/** A change that is the same wherever it is made, such as one more field in every Deployment. */
export const upgradeChangeSchema = z.object({
  change: z.enum(['create', 'change', 'delete']),
  kind: z.string(),
  /** Leaves that differ, by JSON pointer; none for an object that comes or goes. */
  fields: z.array(z.object({ pointer: z.string(), before: z.string().optional(), after: z.string().optional() })),
  /** Objects it is made to, over all applications, environments and clusters. */
  objects: z.number().int(),
  /** One of them, by application, environment, cluster and name; with its YAML where it comes or goes. */
  example: z.object({ place: z.string(), name: z.string(), manifest: z.string().optional() }),
});

export const upgradePreviewSchema = z.object({
  templateId: id('tpl'),
  template: z.string(),
  title: z.string(),
  version: z.string(),
  items: z.array(upgradeItemSchema),
  /** Environments that follow an older version; of more than 100 the first are in `items`. */
  total: z.number().int(),
  changes: z.array(upgradeChangeSchema),
});
export type UpgradePreview = z.infer<typeof upgradePreviewSchema>;

const params = z.strictObject({ id: id('tpv') });

export const previewUpgrades = endpoint({
  name: 'previewUpgrades',
  method: 'GET',
  path: '/template-versions/:id/upgrade-preview',
  summary: 'What a version would change wherever an older one is followed, equal changes folded; touches no cluster',
  permission: 'releases:preview',
  params,
  response: upgradePreviewSchema,
  errors: ['template_not_published'],
  timeoutMs: 60_000,
});

export const createUpgrades = endpoint({
  name: 'createUpgrades',
  method: 'POST',
  path: '/template-versions/:id/upgrades',
  summary: 'Create a release of a version for each environment that is named, each by the rights that hold there',
  permission: 'releases:create',
  params,
  body: z.strictObject({
    items: z
      .array(
        z.strictObject({ applicationId: id('app'), environmentId: id('env'), contentSha256: z.string().length(64) }),
      )
      .min(1, 'name an environment')
      .max(100),
    note: z.string().trim().max(500).optional(),
  }),
  response: z.object({
    items: z.array(
      z.object({
        applicationId: id('app'),
        environmentId: id('env'),
        release: z.object({ id: id('rel'), number: z.number().int() }).optional(),
        /** Why there is none. */
        problem: problemSchema.optional(),
      }),
    ),
  }),
  errors: ['template_not_published'],
  idempotent: true,
  timeoutMs: 60_000,
});

export const upgradesEndpoints = [previewUpgrades, createUpgrades];
