import type { Transaction } from '@quarterdeck/database';
import { AppError, conflict } from '../../platform/errors.ts';
import { type Principal, principalId } from '../../platform/principal.ts';
import type { IdentityPorts } from './identity-ports.ts';
import type { UsersStore } from './users.store.ts';

export type OwnerGuard = ReturnType<typeof createOwnerGuard>;

/** Only owners touch owners, and the last one stays. */
export function createOwnerGuard({ users, ports }: { users: UsersStore; ports: Pick<IdentityPorts, 'ownerSubjects'> }) {
  function assertOwner(principal: Principal, owners: readonly string[]): void {
    // A host command acts with the rights of whoever holds the machine.
    if (principal.kind === 'system') return;
    const isOwner = principal.subjects.some((subject) => owners.includes(subject));
    if (isOwner && !isPlaceLimited(principal)) return;
    throw new AppError('owners_only', 403, 'Only owners may change an owner: an account, a program or a group.');
  }

  async function assertOneStays(tx: Transaction, besides: { user?: string; group?: string }): Promise<void> {
    if (await users.hasOther(tx, await ports.ownerSubjects(tx, true), besides)) return;
    throw conflict('last_owner', 'This is the last owner. Make somebody else an owner first.');
  }

  /**
   * An account of a program. The last owner is always a person, so a program may go.
   * @throws AppError `owners_only`
   */
  async function program(tx: Transaction, principal: Principal, serviceAccountId: string): Promise<void> {
    const owners = await ports.ownerSubjects(tx, false);
    if (owners.includes(serviceAccountId)) assertOwner(principal, owners);
  }

  return {
    program,

    /**
     * A token of an account; everybody may end their own.
     * @param owner with its uuid
     * @throws AppError `owners_only`
     */
    async token(
      tx: Transaction,
      principal: Principal,
      owner: { kind: 'user' | 'service-account'; id: string; uuid: string },
    ): Promise<void> {
      if (principalId(principal) === owner.id) return;
      if (owner.kind === 'user') return this.account(tx, principal, owner.uuid, false);
      return program(tx, principal, owner.uuid);
    },

    /** @throws AppError `owners_only`, `last_owner` */
    async account(tx: Transaction, principal: Principal, userId: string, isRemoval: boolean): Promise<void> {
      const owners = await ports.ownerSubjects(tx, false);
      const subjects = await users.subjectsOf(tx, userId);
      if (!subjects.some((subject) => owners.includes(subject))) return;
      assertOwner(principal, owners);
      if (isRemoval) await assertOneStays(tx, { user: userId });
    },

    /**
     * A group, or one membership of it.
     * @throws AppError `owners_only`, `last_owner`
     */
    async group(
      tx: Transaction,
      principal: Principal,
      groupId: string,
      removal: { member: string } | 'whole group' | undefined,
    ): Promise<void> {
      const owners = await ports.ownerSubjects(tx, false);
      if (!owners.includes(groupId)) return;
      assertOwner(principal, owners);
      if (removal === undefined) return;
      if (removal === 'whole group') return assertOneStays(tx, { group: groupId });
      // The member may still be an owner by another way; the account alone is left out here, which is the safe side.
      await assertOneStays(tx, { user: removal.member });
    },
  };
}

/** A token that stops at some place does not reach owners, who have none. */
function isPlaceLimited(principal: Exclude<Principal, { kind: 'system' }>): boolean {
  if (principal.credential.kind === 'session') return false;
  const { permissions: _, ...places } = principal.credential.limits;
  return Object.values(places).some((limit) => limit !== undefined);
}
