import { z } from 'zod';
import { clusterAnswerSchema } from './lists.ts';

/** Subprotocol of `GET /api/v1/live`, one socket per browser tab. */
export const liveSubprotocol = 'quarterdeck.live.v1';

/** Messages of the client. The same `id` again replaces the subscription. */
export const liveClientMessageSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('subscribe'),
    id: z.string().min(1).max(64),
    view: z.string().max(80),
    mode: z.enum(['page', 'set']).default('set'),
    params: z.record(z.string(), z.unknown()).default({}),
    /** The last one that was sent for the same view and params: a `delta` of what changed since is then the answer. */
    cursor: z.string().max(4000).optional(),
  }),
  z.strictObject({ type: z.literal('unsubscribe'), id: z.string().min(1).max(64) }),
]);
export type LiveClientMessage = z.infer<typeof liveClientMessageSchema>;

/** Messages of the server. */
export const liveServerMessageSchema = z.discriminatedUnion('type', [
  /** The whole set, or the rows on screen; long ones come in parts, the last has `final`. */
  z.object({
    type: z.literal('snapshot'),
    id: z.string(),
    rows: z.array(z.unknown()),
    final: z.boolean(),
    /** With the last part, where the view can be gone on with, at any server. */
    cursor: z.string().optional(),
  }),
  z.object({
    type: z.literal('delta'),
    id: z.string(),
    puts: z.array(z.unknown()),
    /** Ids of rows that are gone. */
    dels: z.array(z.string()),
    cursor: z.string().optional(),
  }),
  /** Something outside the page changed; at most one a second. */
  z.object({
    type: z.literal('hint'),
    id: z.string(),
    added: z.number(),
    removed: z.number(),
    total: z.number().optional(),
  }),
  /** Ask again, nothing more comes: the server could not keep up, the client could not read, or may see something else. */
  z.object({ type: z.literal('resync'), id: z.string(), reason: z.string() }),
  z.object({ type: z.literal('clusters'), id: z.string(), clusters: z.array(clusterAnswerSchema) }),
  z.object({ type: z.literal('error'), id: z.string().optional(), code: z.string(), detail: z.string() }),
]);
export type LiveServerMessage = z.infer<typeof liveServerMessageSchema>;
