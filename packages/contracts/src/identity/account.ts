import { z } from 'zod';
import { id } from '../ids.ts';
import { timeSchema } from '../lists.ts';
import { type Permission, permissions } from '../permissions.ts';

export const userSchema = z.object({
  id: id('usr'),
  name: z.string(),
  displayName: z.string(),
  email: z.string().optional(),
  createdAt: timeSchema,
});

export const meSchema = z.object({
  user: userSchema,
  sessionId: id('ses'),
  sessionExpiresAt: timeSchema,
  /** What this person may do at fleet scope: pages hide what is unreadable. */
  permissions: z.array(z.enum(permissions as [Permission, ...Permission[]])),
});
export type Me = z.infer<typeof meSchema>;

export const accountNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{1,62}$/, 'use 2 to 63 lower-case letters, digits, dots, dashes or underscores');
export const passwordSchema = z
  .string()
  .min(12, 'a password has at least 12 characters')
  .max(128, 'a password has at most 128 characters');
