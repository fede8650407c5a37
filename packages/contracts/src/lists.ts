import { z } from 'zod';
import { id } from './ids.ts';

/** ISO 8601 in UTC. */
export const timeSchema = z.iso.datetime({ offset: true });

/** A list in a query string: `clusters=a,b` or repeated. */
export function csv<T extends z.ZodType<unknown, string>>(item: T) {
  return z.preprocess(
    (value) => (typeof value === 'string' ? value.split(',').filter((part) => part !== '') : value),
    z.array(item).max(200),
  );
}

/** Query of every list; features extend it with typed filters and an enum for `sort` (`-` in front: descending). */
export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(2000).optional(),
  q: z.string().max(200).optional(),
});

/** Answer of every list. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    nextCursor: z.string().optional(),
    total: z.number().int(),
    totalIsExact: z.boolean(),
  });
}

/** How well a cluster takes part in an answer. */
export const clusterAnswerStates = ['live', 'syncing', 'stale', 'capped', 'denied', 'cut_off'] as const;

/** Which clusters answered, how old their data is, which are missing and why. */
export const clusterAnswerSchema = z.object({
  id: id('clu'),
  slug: z.string(),
  name: z.string(),
  state: z.enum(clusterAnswerStates),
  asOf: timeSchema.optional(),
  error: z.string().optional(),
  /**
   * The portal's grants give more than the cluster's own RBAC lets the asker see: `part` of it, or `none` (then the state
   * is `denied`). Left out where the cluster takes nothing away.
   */
  sight: z.enum(['part', 'none']).optional(),
  /** What there is to know of the answer although nothing is wrong. */
  notice: z.string().optional(),
});
export type ClusterAnswer = z.infer<typeof clusterAnswerSchema>;

/** A list that spans clusters: the type forces the page to show who is missing. */
export function fleetListOf<T extends z.ZodType>(item: T) {
  return listOf(item).extend({ clusters: z.array(clusterAnswerSchema) });
}
