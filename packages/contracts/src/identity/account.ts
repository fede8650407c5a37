import { z } from 'zod';
import { id } from '../ids.ts';
import { timeSchema } from '../lists.ts';
import { type Permission, permissions } from '../permissions.ts';

export const userSchema = z.object({
  id: id('usr'),
  /** Unique. Local accounts: `li.wei`; accounts of a provider: `li.wei@<provider>`. */
  name: z.string(),
  displayName: z.string(),
  /** For display only: nothing is decided by it. */
  email: z.string().optional(),
  createdAt: timeSchema,
});

/** Whether the account has a second factor; `owed`: nothing else works until it is set up. */
export const secondFactorStates = ['on', 'off', 'owed', 'provider', 'unavailable'] as const;

export const meSchema = z.object({
  user: userSchema,
  sessionId: id('ses'),
  sessionExpiresAt: timeSchema,
  /** What this person may do at fleet scope: pages hide what is unreadable. */
  permissions: z.array(z.enum(permissions as [Permission, ...Permission[]])),
  /** What they may do at any place at all: menus and buttons go by it, each object decides again. */
  permissionsSomewhere: z.array(z.enum(permissions as [Permission, ...Permission[]])),
  /** The provider that vouches for this person; a local account has none. */
  provider: z.object({ id: id('idp'), name: z.string() }).optional(),
  secondFactor: z.enum(secondFactorStates),
  /** Why the groups of the provider could not be read at the last sign-in. */
  groupsError: z.string().optional(),
});
export type Me = z.infer<typeof meSchema>;

export const accountNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{1,62}$/, 'use 2 to 63 lower-case letters, digits, dots, dashes or underscores');

/** What cannot be seen or turns the reading direction does not belong in a name. */
export const displayNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, 'use visible characters only');

export const emailSchema = z.email().max(254);

export const passwordSchema = z
  .string()
  .min(12, 'a password has at least 12 characters')
  .max(128, 'a password has at most 128 characters');

export const sessionSchema = z.object({
  id: id('ses'),
  current: z.boolean(),
  createdAt: timeSchema,
  lastUsedAt: timeSchema,
  expiresAt: timeSchema,
  ip: z.string(),
  userAgent: z.string(),
});
