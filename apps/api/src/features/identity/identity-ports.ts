import type { Me } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import type { AccountPrincipal, Principal } from '../../platform/principal.ts';

/** Filled by `access`, which stands to our right in the feature order. */
export interface IdentityPorts {
  makeOwner(tx: Transaction, userUuid: string): Promise<void>;
  fleetPermissions(principal: Principal): Promise<Me['permissions']>;
}

/** Who signed in, and the value of the session cookie. */
export type SignedIn = { me: Me; cookie: string };

export type DescribeMe = (principal: AccountPrincipal, createdAt: Date) => Promise<Me>;
