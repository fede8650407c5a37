import { z } from 'zod';
import { endpoint } from '../endpoint.ts';
import { id } from '../ids.ts';
import { timeSchema } from '../lists.ts';
import { clusterStates } from './states.ts';

/** Probes of so many minutes are told together. */
export const probeSlotMinutes = 10;
/** So far back at most; older probes are not kept. */
export const historyMaxHours = 48;

export const clusterHistorySchema = z.object({
  /** Where the answer begins. */
  since: timeSchema,
  /** Oldest first; the first one held at `since` or from the registration on. */
  states: z.array(z.object({ state: z.enum(clusterStates), reason: z.string().optional(), at: timeSchema })),
  /** Oldest first; where nobody probed there is none. */
  probes: z.array(
    z.object({
      /** Where its ten minutes begin. */
      at: timeSchema,
      probes: z.number().int(),
      failed: z.number().int(),
      /** Of the probes that were answered: the mean and the longest. */
      latencyMs: z.number().optional(),
      maxLatencyMs: z.number().optional(),
    }),
  ),
  /** Watches that stood still, were refused or cut short; newest first, 200 at most. */
  incidents: z.array(
    z.object({
      kind: z.string(),
      state: z.enum(['stale', 'forbidden', 'capped']),
      error: z.string().optional(),
      beganAt: timeSchema,
      /** Not there while it lasts. */
      endedAt: timeSchema.optional(),
    }),
  ),
});
export type ClusterHistory = z.infer<typeof clusterHistorySchema>;

export const getClusterHistory = endpoint({
  name: 'getClusterHistory',
  method: 'GET',
  path: '/clusters/:id/history',
  summary: 'How a cluster was over the last hours: its states, how its probes went, which watches stood still',
  permission: 'clusters:read',
  params: z.strictObject({ id: id('clu') }),
  query: z.strictObject({ hours: z.coerce.number().int().min(1).max(historyMaxHours).default(24) }),
  response: clusterHistorySchema,
  errors: [],
});
