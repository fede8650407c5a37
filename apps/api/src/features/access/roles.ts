import { type Permission, permissions } from '@quarterdeck/contracts';

export const rungs = ['viewers', 'deployers', 'operators', 'admins'] as const;
export type Rung = (typeof rungs)[number];

export type BuiltInRole = { id: string; rung: Rung; permissions: readonly Permission[] };

/** Roles that come with the product. The first issue has the owner; the table of security is filled with tenancy. */
export const builtInRoles: readonly BuiltInRole[] = [{ id: 'owner', rung: 'admins', permissions }];
