import type { Permission } from '@quarterdeck/contracts';
import type { Transaction } from '@quarterdeck/database';
import { AppError } from '../../platform/errors.ts';
import type { Actor } from '../../platform/principal.ts';
import type { AccountPlace, AccountPorts } from './account-ports.ts';

/**
 * Nobody gives a program more than they hold themselves where its account belongs, by the rows of this transaction.
 * @throws AppError `permission_not_held` that names the first one
 */
export async function requireHeld(
  ports: AccountPorts,
  tx: Transaction,
  actor: Actor,
  permissions: readonly Permission[],
  place: AccountPlace,
): Promise<void> {
  for (const [index, permission] of permissions.entries()) {
    if (permission === 'identity:self' || (await isHeld(ports, tx, actor, permission, place))) continue;
    const where = place === 'fleet' ? 'for the whole fleet' : 'in this project';
    const detail = `You do not hold ${permission} ${where} yourself, so you cannot give it to a program.`;
    throw new AppError('permission_not_held', 403, detail, {
      errors: [{ pointer: `/permissions/${index}`, code: 'permission_not_held', detail }],
    });
  }
}

async function isHeld(
  ports: AccountPorts,
  tx: Transaction,
  actor: Actor,
  permission: Permission,
  place: AccountPlace,
): Promise<boolean> {
  try {
    await ports.require(tx, actor, permission, place);
    return true;
  } catch (error) {
    if (error instanceof AppError && (error.status === 403 || error.status === 404)) return false;
    throw error;
  }
}
