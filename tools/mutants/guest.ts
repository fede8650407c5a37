import type { Principal } from '../../apps/api/src/platform/principal.ts';

/** Somebody that nobody is: what broken modules let in. */
export const guest: Principal = { kind: 'system', name: 'guest', permissions: ['identity:self', 'clusters:read'] };
