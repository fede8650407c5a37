import { z } from 'zod';
import { selectorSchema } from './access.ts';
import { endpoint } from './endpoint.ts';
import { id } from './ids.ts';
import { lastChange, revisionSchema } from './revisions.ts';

/** Of the clusters that an environment's rules give, those that carry all labels, or those that are named. */
export const targetSelectorSchema = z
  .strictObject({
    labels: selectorSchema
      .refine((labels) => Object.keys(labels).length > 0, 'name at least one label, or send null for all clusters')
      .optional(),
    clusters: z.array(id('clu')).min(1, 'name at least one cluster').max(1000).optional(),
  })
  .refine(
    ({ labels, clusters }) => (labels === undefined) !== (clusters === undefined),
    'narrow by labels or by clusters: one of the two',
  );
export type TargetSelector = z.infer<typeof targetSelectorSchema>;

const placeSchema = z.object({ clusterId: id('clu'), cluster: z.string(), namespace: z.string() });

export const targetSelectionSchema = z.object({
  /** Null: every cluster that the environment's rules give. */
  selector: targetSelectorSchema.nullable(),
  revision: revisionSchema,
  ...lastChange,
  /** Places that the environment's rules give now: where the next release goes, and where it does not. */
  inside: z.array(placeSchema),
  outside: z.array(placeSchema),
});
export type TargetSelection = z.infer<typeof targetSelectionSchema>;

const params = z.strictObject({ id: id('app'), environment: id('env') });

export const getTargetSelection = endpoint({
  name: 'getTargetSelection',
  method: 'GET',
  path: '/applications/:id/environments/:environment/selector',
  summary: 'What narrows an application in an environment, and which clusters are left',
  permission: 'applications:read',
  params,
  response: targetSelectionSchema,
  errors: [],
});

export const putTargetSelection = endpoint({
  name: 'putTargetSelection',
  method: 'PUT',
  path: '/applications/:id/environments/:environment/selector',
  summary:
    'Narrow an application in an environment to clusters by labels or by name; what is left out keeps what it has',
  permission: 'environments:manage',
  params,
  body: z.strictObject({ selector: targetSelectorSchema.nullable(), revision: revisionSchema }),
  response: targetSelectionSchema,
  errors: ['selector_changed', 'unknown_cluster'],
});

export const targetSelectorEndpoints = [getTargetSelection, putTargetSelection];
