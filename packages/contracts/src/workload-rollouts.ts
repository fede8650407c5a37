import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { timeSchema } from './lists.ts';
import { fieldChangeSchema, objectOwnerSchema } from './object-edits.ts';
import { actionErrors, liveReadErrors, objectParams, objectUid, workloadParams } from './workloads.ts';

/** Kinds that keep their former templates. */
export const revisionedKinds = ['deployments', 'statefulsets', 'daemonsets'] as const;
export type RevisionedPlural = (typeof revisionedKinds)[number];

const params = workloadParams.extend({ plural: objectParams.shape.plural });
const revisioned = workloadParams.extend({ plural: z.enum(revisionedKinds) });

export const workloadRevisionsSchema = z.object({
  /** Of the workload: what a rollback is asked with. */
  uid: z.string(),
  /** A paused rollout goes nowhere: it is resumed before it is rolled back. */
  paused: z.boolean(),
  /** The release that it came with, by which it is rolled back instead; without `release` for who may not read that. */
  owner: objectOwnerSchema.options[0].optional(),
  /** Newest first, as far as the cluster keeps them. */
  items: z.array(
    z.object({
      revision: z.number().int(),
      /** Of the ReplicaSet or ControllerRevision that keeps it. */
      name: z.string(),
      createdAt: timeSchema.optional(),
      /** What kubectl annotated it with. */
      cause: z.string().optional(),
      images: z.array(z.string()),
      /** It is what the workload asks for now. */
      current: z.boolean(),
      /** Where a rollback would change the template: from what it is to what this revision holds; images first, at most 50. */
      changes: z.array(fieldChangeSchema.omit({ owners: true })),
    }),
  ),
  readAt: timeSchema,
});
export type WorkloadRevisions = z.infer<typeof workloadRevisionsSchema>;

export const listWorkloadRevisions = endpoint({
  name: 'listWorkloadRevisions',
  method: 'GET',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/revisions',
  summary: 'The templates that a workload had, as its cluster keeps them, with what going back to each would change',
  permission: 'workloads:read',
  params: revisioned,
  response: workloadRevisionsSchema,
  errors: liveReadErrors,
});

export const rollBackWorkload = endpoint({
  name: 'rollBackWorkload',
  method: 'POST',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/rollback',
  summary:
    'Give a workload the template of an earlier revision, if it still has the one that it was seen with. What came with a release of ours is rolled back by that',
  permission: 'workloads:operate',
  params: revisioned,
  body: z.strictObject({ uid: objectUid, revision: z.number().int().min(1) }),
  response: z.object({
    /** Images before and after. */
    before: z.array(z.string()),
    after: z.array(z.string()),
  }),
  errors: [...actionErrors, 'revision_not_found', 'revision_current', 'rollout_paused', 'release_owned'],
  idempotent: true,
});

export const pauseWorkload = endpoint({
  name: 'pauseWorkload',
  method: 'POST',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/pause',
  summary: 'Pause the rollout of a Deployment, or suspend a CronJob or Job: a Job loses the pods it has',
  permission: 'workloads:operate',
  params,
  body: z.strictObject({ uid: objectUid }),
  errors: actionErrors,
  idempotent: true,
});

export const resumeWorkload = endpoint({
  name: 'resumeWorkload',
  method: 'POST',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/resume',
  summary: 'Let a paused rollout, or a suspended CronJob or Job, go on',
  permission: 'workloads:operate',
  params,
  body: z.strictObject({ uid: objectUid }),
  errors: actionErrors,
  idempotent: true,
});

export const workloadRolloutsEndpoints = [listWorkloadRevisions, rollBackWorkload, pauseWorkload, resumeWorkload];
