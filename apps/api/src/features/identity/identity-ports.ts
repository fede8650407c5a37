import type { Me, Permission } from '@quarterdeck/contracts';
import type { Queryable, Transaction } from '@quarterdeck/database';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { AuditEntry } from '../audit/index.ts';

/** Filled by `access`, which stands to our right in the feature order. */
export interface IdentityPorts {
  makeOwner(tx: Queryable, userUuid: string): Promise<void>;
  /** For the whole fleet, or at any place at all. */
  permissionsAt(principal: Principal, place: 'fleet' | 'any'): Promise<Me['permissions']>;
  /** A change with its permission check and its audit records in one transaction. */
  mutate<T>(
    options: { actor: Actor; permission: Permission; target: 'fleet' },
    work: (tx: Transaction) => Promise<{ value: T; audit: readonly AuditEntry[] }>,
  ): Promise<T>;
  /** An account or group is gone, and its grants with it. */
  dropSubject(on: Queryable, uuid: string): Promise<void>;
  /**
   * Accounts and groups that hold the owner role. `lock`: those without an end alone, held until the transaction ends,
   * so that two removals cannot both leave the other's owner as the last.
   */
  ownerSubjects(tx: Transaction, lock: boolean): Promise<string[]>;
  /**
   * To put somebody into a group is to give them all that it holds.
   * @throws AppError 403 `self_grant`, `beyond_own_rights`, `owners_only`
   */
  mayJoin(tx: Transaction, giver: Principal, groupUuid: string, memberUuid: string | undefined): Promise<void>;
}

/** Who signed in, and the value of the session cookie. */
export type SignedIn = { me: Me; cookie: string };
