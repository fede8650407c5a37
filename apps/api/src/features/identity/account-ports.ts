import type { Permission } from '@quarterdeck/contracts';
import type { Queryable, Transaction } from '@quarterdeck/database';
import type { CheckedTarget } from '../../platform/http/ports.ts';
import type { Actor, Principal } from '../../platform/principal.ts';
import type { AuditEntry } from '../audit/index.ts';

/** What accounts of programs need of `access`, which stands to our right in the feature order. */
export interface AccountPorts {
  may(principal: Principal, permission: Permission, target: CheckedTarget): Promise<boolean>;
  /** By the rows of this transaction. @throws AppError 403, 404 */
  require(tx: Transaction, actor: Actor, permission: Permission, target: CheckedTarget): Promise<void>;
  /** A change with its permission check and its audit records in one transaction. */
  mutate<T>(
    options: { actor: Actor; permission: Permission; target: 'any' | 'fleet' | { projectId: string } },
    work: (tx: Transaction) => Promise<{ value: T; audit: readonly AuditEntry[] }>,
  ): Promise<T>;
  /** Tells every server that principals and open streams must be judged anew. */
  raiseEpoch(tx: Queryable): Promise<void>;
  /** Accounts and groups that hold the owner role; `lock` as for accounts of people. */
  ownerSubjects(tx: Transaction, lock: boolean): Promise<string[]>;
  /** An account is gone: its grants go too. */
  dropSubject(tx: Queryable, uuid: string): Promise<void>;
}

/** Where an account of a program belongs, and where its management is checked. */
export type AccountPlace = 'fleet' | { projectId: string };
