import { z } from 'zod';
import { id } from './ids.ts';
import { timeSchema } from './lists.ts';

/** The newest release that was to bring what a target is owed. */
export const debtTrySchema = z.object({
  releaseId: id('rel'),
  releaseNumber: z.number().int(),
  isUnderWay: z.boolean(),
  /** Why it did not bring it, in words. */
  reason: z.string().optional(),
  /** When the next one is made at the earliest; absent when none is made by itself. */
  againAt: timeSchema.optional(),
});
export type DebtTry = z.output<typeof debtTrySchema>;

/** A target should have had a release's bytes and has not. */
export const debtSchema = z.object({
  id: id('dbt'),
  reason: z.enum(['unreachable', 'skipped', 'evacuated']),
  since: timeSchema,
  lastTry: debtTrySchema.optional(),
});
