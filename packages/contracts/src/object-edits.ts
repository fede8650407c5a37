import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { timeSchema } from './lists.ts';
import { liveReadErrors, objectParams } from './workloads.ts';

/** Who owns a field in an object's own books. */
export const fieldOwnerSchema = z.object({
  /** `kubectl-edit`, `quarterdeck-release.<installation>` … */
  manager: z.string(),
  /** `Apply` or `Update`. */
  operation: z.string(),
  subresource: z.string().optional(),
  at: timeSchema.optional(),
});
export type FieldOwner = z.infer<typeof fieldOwnerSchema>;

export const fieldChangeSchema = z.object({
  /** `.spec.template.spec.containers[name="app"].image` */
  path: z.string(),
  /** As JSON, at most 300 characters; of a Secret neither. */
  before: z.string().optional(),
  after: z.string().optional(),
  /** Whoever wrote it last, and may write it again. */
  owners: z.array(fieldOwnerSchema),
});
export type FieldChange = z.infer<typeof fieldChangeSchema>;

/** What puts an object there again as it was: a release of ours, or a controller of the cluster. */
export const objectOwnerSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('release'),
    /** Our field manager. */
    manager: z.string(),
    /** Absent for who may not read it. */
    release: z
      .object({
        id: z.string(),
        number: z.number().int(),
        project: z.string(),
        application: z.string(),
        environment: z.string(),
      })
      .optional(),
  }),
  z.object({ kind: z.literal('controller'), ownerKind: z.string(), ownerName: z.string() }),
]);
export type ObjectOwner = z.infer<typeof objectOwnerSchema>;

/** Why it is not taken: our own no, or the cluster's. */
export const editRefusalSchema = z.object({
  code: z.string(),
  detail: z.string(),
  /** Places of the text that are meant. */
  places: z.array(z.object({ field: z.string().optional(), line: z.number().int().optional(), detail: z.string() })),
});
export type EditRefusal = z.infer<typeof editRefusalSchema>;

export const editableObjectSchema = z.object({
  /** Without the status and what the cluster sets; of a Secret the keys alone, unless its values were asked for. */
  yaml: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  /** Values were left out: what is left as it stands keeps its value. */
  masked: z.boolean(),
  owners: z.array(objectOwnerSchema),
  readAt: timeSchema,
});
export type EditableObject = z.infer<typeof editableObjectSchema>;

/** No object that a cluster stores is larger. */
export const maxManifestBytes = 1024 * 1024;
/** As JSON each line feed takes two bytes. */
const bodyLimitBytes = 2 * maxManifestBytes;

const editSchema = z.strictObject({
  /** The edited form of `readEditable`. */
  yaml: z.string().min(1).max(maxManifestBytes),
  /** The object that was read, and its version: another one is not overwritten. */
  uid: z.string().min(1).max(64),
  resourceVersion: z.string().min(1).max(64),
});
export type ObjectEdit = z.infer<typeof editSchema>;

const editErrors = [
  ...liveReadErrors,
  'object_replaced',
  'object_changed',
  'manifest_invalid',
  'cluster_refused',
] as const;

export const readEditable = endpoint({
  name: 'readEditable',
  method: 'GET',
  path: '/clusters/:id/namespaces/:namespace/objects/:group/:plural/:name/editable',
  summary:
    'One object as a person edits it: without its status and what the cluster sets. The values of a Secret with workloads:read-secrets and `values=true`, which is recorded',
  permission: 'workloads:read',
  params: objectParams,
  query: z.strictObject({ values: z.stringbool().default(false) }),
  response: editableObjectSchema,
  errors: liveReadErrors,
});

export const editPreviewSchema = z.object({
  /** Absent where it would be taken. */
  refusal: editRefusalSchema.optional(),
  change: z.enum(['change', 'unchanged', 'unknown']),
  /** As it is and as the cluster would have it, without what the cluster sets; values of Secrets masked. */
  before: z.string(),
  after: z.string().optional(),
  fields: z.array(fieldChangeSchema),
  owners: z.array(objectOwnerSchema),
  /** What the cluster warned of. */
  warnings: z.array(z.string()),
});
export type EditPreview = z.infer<typeof editPreviewSchema>;

export const previewEdit = endpoint({
  name: 'previewEdit',
  method: 'POST',
  path: '/clusters/:id/namespaces/:namespace/objects/:group/:plural/:name/edit-previews',
  summary:
    'Ask the cluster, by a dry run, what saving an edited object would come to: the result beside the object as it is, who owns each changed field, and why it would be refused',
  permission: 'workloads:edit',
  params: objectParams,
  body: editSchema,
  response: editPreviewSchema,
  errors: [...liveReadErrors, 'object_replaced', 'object_changed'],
  bodyLimitBytes,
});

export const saveEdit = endpoint({
  name: 'saveEdit',
  method: 'PUT',
  path: '/clusters/:id/namespaces/:namespace/objects/:group/:plural/:name',
  summary:
    'Save an edited object in place of the very version that it was made from; what the kind asks for beside workloads:edit is asked as well',
  permission: 'workloads:edit',
  params: objectParams,
  body: editSchema,
  response: z.object({
    uid: z.string(),
    resourceVersion: z.string(),
    /** Nothing differed: the cluster kept its version. */
    changed: z.boolean(),
    warnings: z.array(z.string()),
  }),
  errors: editErrors,
  idempotent: true,
  bodyLimitBytes,
});

export const objectEditsEndpoints = [readEditable, previewEdit, saveEdit];
