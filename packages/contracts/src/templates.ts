import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { listOf, timeSchema } from './lists.ts';

export const templateStates = ['draft', 'published', 'deprecated', 'withdrawn'] as const;

export const templateSchema = z.object({
  id: id('tpl'),
  name: z.string(),
  title: z.string(),
  description: z.string(),
  /** Comes with the product. */
  builtIn: z.boolean(),
  /** Of this project alone; absent: of the installation. */
  projectId: id('prj').optional(),
  project: z.string().optional(),
  /** The newest published version; absent while there are only drafts, or everything is withdrawn. */
  latestVersion: z.string().optional(),
  latestVersionId: id('tpv').optional(),
  versions: z.number().int(),
  drafts: z.number().int(),
  /** Applications you may see that follow one of its versions. */
  applications: z.number().int(),
});

/** An application that follows a version, in these environments; without any it follows it everywhere. */
export const templateUserSchema = z.object({
  applicationId: id('app'),
  application: z.string(),
  project: z.string(),
  environments: z.array(z.string()),
});

export const templateVersionSummarySchema = z.object({
  id: id('tpv'),
  version: z.string(),
  state: z.enum(templateStates),
  createdAt: timeSchema,
  createdBy: z.string().optional(),
  publishedAt: timeSchema.optional(),
  publishedBy: z.string().optional(),
  /** Why it is deprecated or withdrawn. */
  reason: z.string().optional(),
  users: z.array(templateUserSchema),
});

const filesSchema = z
  .record(z.string().max(200), z.string().max(1_048_576))
  .refine((files) => Object.keys(files).length <= 250, 'a bundle has at most 250 files');

const imagesSchema = z.record(z.string(), z.object({ required: z.boolean(), title: z.string().optional() }));

export const templateVersionSchema = z.object({
  id: id('tpv'),
  templateId: id('tpl'),
  name: z.string(),
  title: z.string(),
  builtIn: z.boolean(),
  projectId: id('prj').optional(),
  version: z.string(),
  state: z.enum(templateStates),
  sha256: z.string(),
  images: imagesSchema,
  /** JSON Schema 2020-12 of `params`, with `x-ui` hints. */
  schema: z.record(z.string(), z.unknown()),
  /** Parameters that may be set down to a layer alone, by whoever holds a permission. */
  locked: z.array(
    z.object({ pointer: z.string(), layer: z.enum(['application', 'environment', 'target']), permission: z.string() }),
  ),
  /** Files of the bundle. */
  files: z.record(z.string(), z.string()),
  /** A draft may not load yet: which file, and what is wrong with it. */
  problem: z.object({ file: z.string(), detail: z.string() }).optional(),
  publishedAt: timeSchema.optional(),
  reason: z.string().optional(),
});

export const templateReportSchema = z.object({
  problem: z.object({ file: z.string(), detail: z.string() }).optional(),
  lint: z.array(
    z.object({
      rule: z.string(),
      object: z.string(),
      detail: z.string(),
      /** `defaults` or the golden test in which it showed. */
      seenIn: z.string(),
      /** The reason of `lint.allow`. */
      allowed: z.string().optional(),
    }),
  ),
  golden: z.array(
    z.object({
      file: z.string(),
      ok: z.boolean(),
      problem: z.string().optional(),
      expected: z.string(),
      actual: z.string().optional(),
      /** The file with what is made now: to save when the change is meant. */
      renewed: z.string().optional(),
    }),
  ),
  /** Against the newest published version; absent when there is none. */
  compatibility: z
    .object({
      against: z.string(),
      needed: z.enum(['major', 'minor', 'patch']),
      fits: z.boolean(),
      changes: z.array(z.object({ level: z.enum(['major', 'minor', 'patch']), place: z.string(), detail: z.string() })),
    })
    .optional(),
  /** Why it cannot be published, a sentence each; empty when it can. */
  blockers: z.array(z.string()),
});
export type TemplateReport = z.infer<typeof templateReportSchema>;

export const templateRenderSchema = z.object({
  /** What keeps it from rendering; `file` when it is one of the bundle's. */
  problem: z.object({ code: z.string(), file: z.string().optional(), detail: z.string() }).optional(),
  /** Parameters that do not fit the schema. */
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })),
  /** Of the files as given, so that the form can be shown; absent while the bundle does not load. */
  schema: z.record(z.string(), z.unknown()).optional(),
  images: imagesSchema.optional(),
  objects: z.array(z.object({ kind: z.string(), name: z.string(), manifest: z.string() })),
});

export const listTemplates = endpoint({
  name: 'listTemplates',
  method: 'GET',
  path: '/templates',
  summary: 'Templates with their newest version and how many applications follow them',
  permission: 'templates:read',
  response: listOf(templateSchema).extend({
    /** Whether this installation has a helm that charts are imported with. */
    importsCharts: z.boolean(),
  }),
  errors: [],
});

const templateParams = z.strictObject({ id: id('tpl') });

export const getTemplate = endpoint({
  name: 'getTemplate',
  method: 'GET',
  path: '/templates/:id',
  summary: 'One template with its versions and who follows each',
  permission: 'templates:read',
  params: templateParams,
  response: templateSchema.extend({ items: z.array(templateVersionSummarySchema) }),
  errors: [],
});

const bundleBytes = 3_145_728;

export const createTemplate = endpoint({
  name: 'createTemplate',
  method: 'POST',
  path: '/templates',
  summary: 'Create a template with a first draft; its name is the one of template.yaml',
  permission: 'templates:write',
  body: z.strictObject({ projectId: id('prj').optional(), files: filesSchema }),
  response: templateVersionSchema,
  status: 201,
  errors: ['template_exists', 'template_invalid'],
  idempotent: true,
  bodyLimitBytes: bundleBytes,
});

export const createTemplateVersion = endpoint({
  name: 'createTemplateVersion',
  method: 'POST',
  path: '/templates/:id/versions',
  summary: 'Begin a draft of another version',
  permission: 'templates:write',
  params: templateParams,
  body: z.strictObject({ files: filesSchema }),
  response: templateVersionSchema,
  status: 201,
  errors: ['version_exists', 'template_invalid', 'template_built_in'],
  idempotent: true,
  bodyLimitBytes: bundleBytes,
});

const versionParams = z.strictObject({ id: id('tpv') });

export const getTemplateVersion = endpoint({
  name: 'getTemplateVersion',
  method: 'GET',
  path: '/template-versions/:id',
  summary: 'One template version: files, images and the schema of its form; immutable once published',
  permission: 'templates:read',
  params: versionParams,
  response: templateVersionSchema,
  errors: [],
});

export const saveTemplateDraft = endpoint({
  name: 'saveTemplateDraft',
  method: 'PUT',
  path: '/template-versions/:id',
  summary: 'Save the files of a draft over those that were read',
  permission: 'templates:write',
  params: versionParams,
  body: z.strictObject({
    files: filesSchema,
    /** Of the files that were read: somebody else's change is never written over. */
    sha256: z.string().length(64),
  }),
  response: templateVersionSchema,
  errors: ['template_not_draft', 'draft_changed', 'version_exists', 'template_invalid'],
  bodyLimitBytes: bundleBytes,
});

export const deleteTemplateDraft = endpoint({
  name: 'deleteTemplateDraft',
  method: 'DELETE',
  path: '/template-versions/:id',
  summary: 'Throw a draft away; a template that has nothing else goes with it',
  permission: 'templates:write',
  params: versionParams,
  errors: ['template_not_draft'],
});

export const lintTemplateVersion = endpoint({
  name: 'lintTemplateVersion',
  method: 'POST',
  path: '/template-versions/:id/lint',
  summary: 'What lint, golden tests and the compatibility check say, of the stored files or of others in their place',
  permission: 'templates:read',
  params: versionParams,
  body: z.strictObject({ files: filesSchema.optional() }),
  response: templateReportSchema,
  errors: [],
  bodyLimitBytes: bundleBytes,
});

export const renderTemplateVersion = endpoint({
  name: 'renderTemplateVersion',
  method: 'POST',
  path: '/template-versions/:id/render',
  summary: 'Render for a made-up target, of the stored files or of others in their place; touches no cluster',
  permission: 'templates:read',
  params: versionParams,
  body: z.strictObject({
    files: filesSchema.optional(),
    parameters: z.record(z.string(), z.unknown()).default({}),
    images: z.record(z.string().max(40), z.string().max(500)).default({}),
  }),
  response: templateRenderSchema,
  errors: [],
  bodyLimitBytes: bundleBytes,
});

export const publishTemplateVersion = endpoint({
  name: 'publishTemplateVersion',
  method: 'POST',
  path: '/template-versions/:id/publish',
  summary: 'Publish a draft: from then on it never changes',
  permission: 'templates:publish',
  params: versionParams,
  body: z.strictObject({
    /** Of the files that were looked at. */
    sha256: z.string().length(64),
  }),
  response: templateVersionSchema,
  errors: [
    'template_not_draft',
    'draft_changed',
    'template_invalid',
    'lint_failed',
    'golden_failed',
    'version_not_newer',
    'version_too_small',
  ],
});

const reasonBody = z.strictObject({ reason: z.string().trim().min(3).max(500) });

export const deprecateTemplateVersion = endpoint({
  name: 'deprecateTemplateVersion',
  method: 'POST',
  path: '/template-versions/:id/deprecate',
  summary: 'Say that a version should not be taken any more; whoever follows it goes on',
  permission: 'templates:publish',
  params: versionParams,
  body: reasonBody,
  response: templateVersionSchema,
  errors: ['template_not_published'],
});

export const withdrawTemplateVersion = endpoint({
  name: 'withdrawTemplateVersion',
  method: 'POST',
  path: '/template-versions/:id/withdraw',
  summary: 'Refuse new releases of a version; what runs stays, and can be put back',
  permission: 'templates:publish',
  params: versionParams,
  body: reasonBody,
  response: templateVersionSchema,
  errors: ['template_not_published'],
});

export const templatesEndpoints = [
  listTemplates,
  getTemplate,
  createTemplate,
  createTemplateVersion,
  getTemplateVersion,
  saveTemplateDraft,
  deleteTemplateDraft,
  lintTemplateVersion,
  renderTemplateVersion,
  publishTemplateVersion,
  deprecateTemplateVersion,
  withdrawTemplateVersion,
];
