import { z } from 'zod';
import { endpoint, liveView } from './endpoint.ts';
import { id } from './ids.ts';
import { csv, listOf, listQuery, timeSchema } from './lists.ts';
import {
  objectRefSchema,
  releaseDetailSchema,
  releaseInputSchema,
  releaseOrderSchema,
  releasePreviewSchema,
  releaseSchema,
  releaseSourceSchema,
  releaseStates,
} from './release-schemas.ts';

export const previewRelease = endpoint({
  name: 'previewRelease',
  method: 'POST',
  path: '/release-previews',
  summary: 'Render for every target and compare with each cluster by a server-side dry run; writes nothing',
  permission: 'releases:preview',
  body: releaseInputSchema,
  response: releasePreviewSchema,
  errors: [
    'parameters_invalid',
    'image_invalid',
    'image_not_found',
    'image_not_allowed',
    'template_not_allowed',
    'template_not_published',
    'template_withdrawn',
    'no_template',
    'parameter_locked',
    'render_failed',
    'render_too_large',
    'no_target',
    'unknown_strategy',
    'strategy_leaves_target',
  ],
  timeoutMs: 30_000,
});

export const createRelease = endpoint({
  name: 'createRelease',
  method: 'POST',
  path: '/releases',
  summary: 'Deploy: fix the rendered bytes of every target and put them out',
  permission: 'releases:create',
  body: releaseInputSchema.extend({
    contentSha256: z.string().length(64).optional(),
    note: z.string().max(500).optional(),
    source: releaseSourceSchema.optional(),
    /** Although one of the images was rolled back by itself here: whoever deploys it has been told. */
    deployRejected: z.boolean().optional(),
    /** Given by automation: what is not newer, was there before or was rejected is refused. */
    orderKey: releaseOrderSchema.optional(),
  }),
  response: releaseDetailSchema,
  status: 202,
  errors: [
    'parameters_invalid',
    'image_invalid',
    'image_not_found',
    'image_not_allowed',
    'template_not_allowed',
    'template_not_published',
    'template_withdrawn',
    'no_template',
    'parameter_locked',
    'render_failed',
    'render_too_large',
    'no_target',
    'unknown_strategy',
    'strategy_leaves_target',
    'preview_outdated',
    'older_than_current',
    'digest_seen',
    'digest_rejected',
    'idempotency_key_reused',
  ],
  idempotent: true,
  timeoutMs: 30_000,
});

export const listReleases = endpoint({
  name: 'listReleases',
  method: 'GET',
  path: '/releases',
  summary: 'Releases, newest first',
  permission: 'releases:read',
  query: listQuery.extend({
    application: id('app').optional(),
    environment: id('env').optional(),
    state: csv(z.enum(releaseStates)).optional(),
    number: z.coerce.number().int().min(1).optional(),
    /** Those that wait for something that you may do: your approval, your decision about a target, what prune left. */
    awaitsMe: z.enum(['true', 'false']).optional(),
  }),
  response: listOf(releaseSchema),
  errors: ['invalid_cursor'],
});

const releaseParams = z.strictObject({ id: id('rel') });
const reasonSchema = z.string().trim().max(500).optional();
const reasonBody = z.strictObject({ reason: reasonSchema });

export const getRelease = endpoint({
  name: 'getRelease',
  method: 'GET',
  path: '/releases/:id',
  summary: 'One release with its run on every target: objects, pods, verdict',
  permission: 'releases:read',
  params: releaseParams,
  response: releaseDetailSchema,
  errors: [],
});

export const listReleaseObjects = endpoint({
  name: 'listReleaseObjects',
  method: 'GET',
  path: '/releases/:id/objects',
  summary: 'The stored bytes of a release, per target',
  permission: 'releases:read',
  params: releaseParams,
  response: z.object({
    items: z.array(
      objectRefSchema.extend({ targetId: id('tgt'), cluster: z.string(), sha256: z.string(), manifest: z.string() }),
    ),
  }),
  errors: [],
});

export const rollbackRelease = endpoint({
  name: 'rollbackRelease',
  method: 'POST',
  path: '/releases/:id/rollback',
  summary: 'Put the stored bytes of this release out again, as a new release',
  permission: 'releases:rollback',
  params: releaseParams,
  body: z.strictObject({
    reason: reasonSchema,
    /** The stored bytes as they are, or only one half of them over what is there now. */
    take: z.enum(['image_and_config', 'image', 'config']).default('image_and_config'),
    strategy: z.string().max(40).optional(),
  }),
  response: releaseDetailSchema,
  status: 202,
  errors: [
    'not_rollbackable',
    'unknown_strategy',
    'strategy_leaves_target',
    'image_not_allowed',
    'template_not_allowed',
    'idempotency_key_reused',
  ],
  idempotent: true,
});

export const abortRelease = endpoint({
  name: 'abortRelease',
  method: 'POST',
  path: '/releases/:id/abort',
  summary: 'Start nothing more; what is in flight ends',
  permission: 'releases:operate',
  params: releaseParams,
  body: reasonBody,
  response: releaseDetailSchema,
  errors: ['release_ended'],
});

export const pauseRelease = endpoint({
  name: 'pauseRelease',
  method: 'POST',
  path: '/releases/:id/pause',
  summary: 'Start no more targets until it is resumed; those in flight end',
  permission: 'releases:operate',
  params: releaseParams,
  body: reasonBody,
  response: releaseDetailSchema,
  errors: ['release_not_rolling'],
});

export const resumeRelease = endpoint({
  name: 'resumeRelease',
  method: 'POST',
  path: '/releases/:id/resume',
  summary: 'Go on with a paused release where it stopped; from now on it runs for you',
  permission: 'releases:operate',
  params: releaseParams,
  body: reasonBody,
  response: releaseDetailSchema,
  errors: ['release_not_paused'],
});

export const approveRelease = endpoint({
  name: 'approveRelease',
  method: 'POST',
  path: '/releases/:id/approvals',
  summary: 'Approve or reject a release or one of its waves, for exactly these bytes; not one’s own',
  permission: 'releases:approve',
  params: releaseParams,
  body: z.strictObject({
    decision: z.enum(['approve', 'reject']),
    /** The bytes that were looked at. */
    contentSha256: z.string().max(64),
    /** Index of a wave that waits for approval; the release as a whole when left out. */
    wave: z.number().int().min(0).max(100).optional(),
    reason: reasonSchema,
  }),
  response: releaseDetailSchema,
  errors: ['own_release', 'release_changed', 'nothing_to_approve', 'release_ended'],
});

export const overrideFreeze = endpoint({
  name: 'overrideFreeze',
  method: 'POST',
  path: '/releases/:id/override-freeze',
  summary: 'Let one release go on although a freeze holds it; the reason is audited',
  permission: 'releases:override-freeze',
  params: releaseParams,
  body: z.strictObject({ reason: z.string().trim().min(3, 'say why').max(500) }),
  response: releaseDetailSchema,
  errors: ['release_ended'],
});

export const retryTarget = endpoint({
  name: 'retryTarget',
  method: 'POST',
  path: '/releases/:id/targets/:target/retry',
  summary: 'Try a failed or unreachable target again with the same bytes',
  permission: 'releases:operate',
  params: z.strictObject({ id: id('rel'), target: id('tgt') }),
  response: releaseDetailSchema,
  errors: ['target_not_failed', 'release_superseded'],
});

export const skipTarget = endpoint({
  name: 'skipTarget',
  method: 'POST',
  path: '/releases/:id/targets/:target/skip',
  summary: 'Leave out a target that waits or failed; it is owed these bytes',
  permission: 'releases:operate',
  params: z.strictObject({ id: id('rel'), target: id('tgt') }),
  body: reasonBody,
  response: releaseDetailSchema,
  errors: ['target_unknown', 'target_in_flight', 'release_ended'],
});

const debtParams = z.strictObject({ id: id('dbt') });

export const catchUpDebt = endpoint({
  name: 'catchUpDebt',
  method: 'POST',
  path: '/debts/:id/catch-up',
  summary: 'Put the bytes that a target is owed there now, as a release of its own',
  permission: 'releases:operate',
  params: debtParams,
  response: releaseDetailSchema,
  status: 202,
  errors: ['debt_closed', 'catch_up_under_way'],
});

export const dismissDebt = endpoint({
  name: 'dismissDebt',
  method: 'POST',
  path: '/debts/:id/dismiss',
  summary: 'Leave a target as it is, although it is owed a release',
  permission: 'releases:operate',
  params: debtParams,
  body: reasonBody,
  errors: ['debt_closed'],
});

export const deleteRejectedDigest = endpoint({
  name: 'deleteRejectedDigest',
  method: 'DELETE',
  path: '/rejected-digests/:id',
  summary: 'Let automation deploy an image again that was rolled back by itself',
  permission: 'releases:operate',
  params: z.strictObject({ id: id('rjd') }),
  errors: [],
});

export const listRejectedDigests = endpoint({
  name: 'listRejectedDigests',
  method: 'GET',
  path: '/applications/:id/rejected-digests',
  summary: 'Images of an application that automation leaves alone since a release of them was rolled back by itself',
  permission: 'releases:read',
  params: z.strictObject({ id: id('app') }),
  response: z.object({
    items: z.array(
      z.object({
        id: id('rjd'),
        reference: z.string(),
        environmentId: id('env'),
        environment: z.string(),
        releaseId: id('rel'),
        releaseNumber: z.number().int(),
        createdAt: timeSchema,
      }),
    ),
  }),
  errors: [],
});

export const removeFromEnvironment = endpoint({
  name: 'removeFromEnvironment',
  method: 'POST',
  path: '/applications/:id/environments/:environment/remove',
  summary: 'Delete what this application put into an environment, as a release of kind remove',
  permission: 'applications:delete',
  params: z.strictObject({ id: id('app'), environment: id('env') }),
  body: z.strictObject({ confirm: z.string().max(100), reason: z.string().max(500).optional() }),
  response: releaseDetailSchema,
  status: 202,
  errors: ['confirmation_differs', 'nothing_deployed', 'idempotency_key_reused'],
  idempotent: true,
});

export const releaseView = liveView({
  name: 'releases.release',
  summary: 'One release with its runs and pods, live',
  permission: 'releases:read',
  params: releaseParams,
  row: releaseDetailSchema,
});

export const releasesEndpoints = [
  previewRelease,
  createRelease,
  listReleases,
  getRelease,
  listReleaseObjects,
  rollbackRelease,
  abortRelease,
  pauseRelease,
  resumeRelease,
  approveRelease,
  overrideFreeze,
  retryTarget,
  skipTarget,
  catchUpDebt,
  dismissDebt,
  listRejectedDigests,
  deleteRejectedDigest,
  removeFromEnvironment,
];
