import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { editRefusalSchema, fieldChangeSchema, maxManifestBytes, objectOwnerSchema } from './object-edits.ts';

/** Documents of one text; more are several applies. */
export const maxApplyDocuments = 50;

const applySchema = z.strictObject({
  /** One or several documents of YAML or JSON. */
  manifests: z.string().min(1).max(maxManifestBytes),
  /**
   * Where documents go that name none, and the only one that they may name. Without it each names its own, and
   * workloads:edit is needed for the whole cluster.
   */
  namespace: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'name a namespace')
    .optional(),
  /** What somebody decided about fields that others own, as a preview named them. */
  decisions: z
    .array(
      z.strictObject({
        /** Which document, counted from 0. */
        document: z.number().int().min(0).max(maxApplyDocuments),
        /** `yield` leaves the fields to whoever owns them, `take` makes them ours. */
        how: z.enum(['yield', 'take']),
        fields: z.array(z.string().min(1).max(1000)).min(1).max(200),
      }),
    )
    .max(maxApplyDocuments)
    .default([]),
});
export type ManifestApply = z.infer<typeof applySchema>;

export const appliedDocumentSchema = z.object({
  /** Counted from 0. */
  index: z.number().int(),
  line: z.number().int(),
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
  /** The plural, and `core` for the empty group: the object's page. Absent where the cluster serves no such kind. */
  plural: z.string().optional(),
  /** `unknown`: the cluster did not answer, so it may have happened; `skipped`: it was not tried. */
  verdict: z.enum(['create', 'change', 'unchanged', 'conflict', 'refused', 'unknown', 'skipped']),
  refusal: editRefusalSchema.optional(),
  /** Fields that others own: decide, or leave it. Values as JSON, of a Secret neither. */
  conflicts: z.array(
    z.object({ field: z.string(), manager: z.string(), live: z.string().optional(), ours: z.string().optional() }),
  ),
  before: z.string().optional(),
  after: z.string().optional(),
  fields: z.array(fieldChangeSchema),
  owners: z.array(objectOwnerSchema),
  warnings: z.array(z.string()),
});
export type AppliedDocument = z.infer<typeof appliedDocumentSchema>;

const resultSchema = z.object({ documents: z.array(appliedDocumentSchema) });
const errors = ['cluster_unreachable', 'cluster_timeout', 'cluster_busy', 'manifest_invalid'] as const;
const shared = {
  method: 'POST',
  permission: 'workloads:edit',
  params: z.strictObject({ id: id('clu') }),
  body: applySchema,
  response: resultSchema,
  errors,
  timeoutMs: 60_000,
  bodyLimitBytes: 2 * maxManifestBytes,
} as const;

export const previewApply = endpoint({
  ...shared,
  name: 'previewApply',
  path: '/clusters/:id/apply-previews',
  summary:
    'Ask a cluster, by dry runs, what applying manifests would come to, document by document; nothing is changed',
});

export const applyManifests = endpoint({
  ...shared,
  name: 'applyManifests',
  path: '/clusters/:id/apply',
  summary:
    'Apply one or several manifests to a cluster, server-side and never by force but for fields that the caller takes over; each document has a verdict of its own. What a kind asks for beside workloads:edit is asked as well',
  idempotent: true,
});

export const manifestAppliesEndpoints = [previewApply, applyManifests];
