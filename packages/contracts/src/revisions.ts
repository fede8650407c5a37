import { z } from 'zod';
import { timeSchema } from './lists.ts';

/** Raised by each change; 0 before the first. Who saves names the one they read. */
export const revisionSchema = z.number().int().min(0);
/** By whom and when it was changed last. */
export const lastChange = { changedBy: z.string().optional(), changedAt: timeSchema.optional() };
