import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { inventoryEventSchema, inventoryObjectSchema } from './inventory.ts';
import { clusterAnswerSchema, timeSchema } from './lists.ts';
import { workloadParams } from './workloads.ts';

/** Kinds that have a tree and a timeline: what makes pods, by itself or through what it makes. */
export const viewedKinds = ['deployments', 'statefulsets', 'daemonsets', 'replicasets', 'jobs', 'cronjobs'] as const;
export type ViewedKind = (typeof viewedKinds)[number];

const params = workloadParams.extend({ plural: z.enum(viewedKinds) });

/** Objects in one tree at most. */
export const treeMaxNodes = 500;
/** Lines between them at most: pods share what they read. */
export const treeMaxEdges = 2000;

const shared = inventoryObjectSchema.pick({
  uid: true,
  group: true,
  plural: true,
  kind: true,
  namespace: true,
  name: true,
  createdAt: true,
  health: true,
  statusText: true,
});

/**
 * What stands between two objects, read from the first to the second: it made it, it sets how many there are, it limits
 * how many may go, it sends requests to it, it mounts or reads it.
 */
export const treeRelations = ['owns', 'scales', 'guards', 'sends', 'uses'] as const;
export type TreeRelation = (typeof treeRelations)[number];

export const workloadTreeSchema = z.object({
  /** Uid of the workload that was asked for. */
  root: z.string(),
  nodes: z.array(
    shared.extend({
      restarts: z.number().int().optional(),
      /** Of a pod. */
      node: z.string().optional(),
      /** Of a ReplicaSet. */
      revision: z.string().optional(),
    }),
  ),
  /** By uid. All but `owns` are told by names, selectors and references, not by the objects' own owners. */
  edges: z.array(z.object({ from: z.string(), to: z.string(), relation: z.enum(treeRelations) })),
  /** There is more than is shown. */
  cut: z.boolean(),
  /** Plurals of which you may see nothing in this cluster: the tree may go on there. */
  unseen: z.array(z.string()),
  cluster: clusterAnswerSchema,
});
export type WorkloadTree = z.infer<typeof workloadTreeSchema>;

export const readWorkloadTree = endpoint({
  name: 'readWorkloadTree',
  method: 'GET',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/tree',
  summary:
    'What a workload made, what it belongs to and what stands around it, as last known: its cluster is not asked. Only what the asker may see',
  permission: 'inventory:read',
  params,
  response: workloadTreeSchema,
  errors: ['object_not_found'],
});

/** Events in one timeline at most, the newest. */
export const timelineMaxEvents = 500;

export const workloadTimelineSchema = z.object({
  /** Newest first. */
  items: z.array(
    inventoryEventSchema
      .pick({ id: true, type: true, reason: true, message: true, count: true, firstAt: true, lastAt: true })
      .extend({
        kind: z.string(),
        name: z.string(),
        /** Where the object can be found; absent for one that is gone and was the workload's by its name. */
        at: z.object({ group: z.string(), plural: z.string() }).optional(),
      }),
  ),
  /** There are older ones. */
  cut: z.boolean(),
  /** When the workload got a new template, newest first, as far as its revisions are kept. */
  revisions: z.array(
    z.object({ at: timeSchema, name: z.string(), revision: z.string().optional(), images: z.array(z.string()) }),
  ),
  /** Older events are not kept. */
  since: timeSchema,
  cluster: clusterAnswerSchema,
});
export type WorkloadTimeline = z.infer<typeof workloadTimelineSchema>;

export const readWorkloadTimeline = endpoint({
  name: 'readWorkloadTimeline',
  method: 'GET',
  path: '/clusters/:id/namespaces/:namespace/workloads/:plural/:name/timeline',
  summary:
    'What happened to a workload, to all it made and to what scales or guards it, newest first, as last known: its cluster is not asked. Only what the asker may see',
  permission: 'inventory:read',
  params,
  response: workloadTimelineSchema,
  errors: ['object_not_found'],
});

export const workloadViewsEndpoints = [readWorkloadTree, readWorkloadTimeline];
