import type { Permission, Scope } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import { AppError, conflict } from '../../platform/errors.ts';
import type { PermissionTarget, Principal } from '../../platform/principal.ts';
import type { Directory } from './directory.ts';
import type { GrantsStore } from './grants.store.ts';
import type { RightsStore } from './rights.store.ts';
import { isPlaceLimited, limitsAllow, limitsOf } from './token-limits.ts';

/** The target that granting at a scope is checked against. A set of clusters is as wide as the fleet. */
export function targetOfScope(scope: Scope): PermissionTarget {
  if (scope.kind === 'cluster') return { clusterId: scope.id };
  if (scope.kind === 'project') return { projectId: scope.id };
  if (scope.kind === 'environment') return { environmentId: scope.id };
  return {};
}

/** A place where a role is given: by a grant, a label, a membership. */
export type Giving = { roleId: string; permissions: readonly Permission[]; scope: Scope; subjects: readonly string[] };

export type GrantingRules = ReturnType<typeof createGrantingRules>;

/**
 * Who may give what. Grants, memberships of groups, roles and labels that grants select by are one thing to it: rights
 * come to somebody who did not have them.
 */
export function createGrantingRules(deps: { rights: RightsStore; grants: GrantsStore; directory: Directory }) {
  const { rights, grants, directory } = deps;

  /**
   * Nobody gives themselves, nor what they do not hold there or wider; only owners make owners.
   * @throws AppError 403 `self_grant` | `beyond_own_rights` | `owners_only`
   */
  async function mayGive(tx: Transaction, giver: Principal, giving: Giving): Promise<void> {
    if (giver.kind === 'system') return;
    if (giving.subjects.some((subject) => giver.subjects.includes(subject))) {
      throw new AppError('self_grant', 403, 'Nobody widens their own rights. Ask somebody else who may grant this.');
    }
    await mayHandOn(tx, giver, giving.permissions, giving.scope);
    if (giving.roleId === 'owner') await mustBeOwner(tx, giver);
  }

  /** @throws AppError 403 `beyond_own_rights` */
  async function mayHandOn(
    tx: Transaction,
    giver: Principal,
    permissions: readonly Permission[],
    scope: Scope,
  ): Promise<void> {
    if (giver.kind === 'system') return;
    const isWide = scope.kind === 'fleet' || scope.kind === 'set';
    const place = isWide ? 'fleet' : await rights.resolve(tx, targetOfScope(scope));
    const held = place === undefined ? new Set() : await grants.heldAt(tx, giver.subjects, place);
    const limits = limitsOf(giver);
    const lacking = permissions.filter(
      (permission) => place === undefined || !held.has(permission) || !limitsAllow(limits, permission, place),
    );
    if (lacking.length === 0) return;
    const named = `${lacking.slice(0, 5).join(', ')}${lacking.length > 5 ? ` and ${lacking.length - 5} more` : ''}`;
    throw new AppError(
      'beyond_own_rights',
      403,
      `You can give only what you hold there yourself. You do not hold ${named}.`,
    );
  }

  /** @throws AppError 403 `owners_only` */
  async function mustBeOwner(tx: Transaction, principal: Principal): Promise<void> {
    if (principal.kind === 'system') return;
    const limits = limitsOf(principal);
    if ((limits === undefined || !isPlaceLimited(limits)) && (await grants.isOwner(tx, principal.subjects))) return;
    throw new AppError('owners_only', 403, 'Only an owner changes who is an owner.');
  }

  /**
   * One owner who can sign in must be left when these grants or accounts are gone.
   * @throws AppError 409 `last_owner`
   */
  async function mustLeaveOwner(tx: Transaction, without: { grantId?: string; subject?: string }): Promise<void> {
    const owners = await grants.lockOwners(tx);
    const left = owners.filter(
      (owner) => owner.kind === 'user' && owner.id !== without.grantId && owner.subject !== without.subject,
    );
    const known = await directory.describe(
      left.map((owner) => owner.subject),
      tx,
    );
    if (left.some((owner) => known.get(owner.subject)?.disabled === false)) return;
    throw conflict('last_owner', 'This is the last owner without an end who can sign in. Make another owner first.');
  }

  return { mayGive, mayHandOn, mustBeOwner, mustLeaveOwner };
}
