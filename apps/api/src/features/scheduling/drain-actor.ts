import type { AccountPrincipal, Actor } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { HeldDrain } from './drains.store.ts';

/** Why a drain may not go on, as its code says it. */
export type LostAuthority = 'account_disabled' | 'actor_lost_permission';

/**
 * For whom a drain acts, as they are now: their account, their grants of this moment, and no more than the session or token
 * that asked could do. Asked again at every step.
 */
export async function actorOf(
  drain: Pick<HeldDrain, 'createdById' | 'credential' | 'requestId' | 'clusterId'>,
  access: Pick<Access, 'accountOf' | 'may'>,
): Promise<Actor | LostAuthority> {
  const account = await access.accountOf(drain.createdById);
  if (account === undefined || account.kind === 'system') return 'account_disabled';
  const principal: AccountPrincipal = { ...account, credential: credentialOf(drain) };
  if (!(await access.may(principal, 'scheduling:drain', { clusterId: drain.clusterId })))
    return 'actor_lost_permission';
  const { requestId } = drain;
  return { principal, via: drain.credential.kind, ...(requestId === undefined ? {} : { requestId }) };
}

function credentialOf({ credential }: Pick<HeldDrain, 'credential'>): AccountPrincipal['credential'] {
  const { id, limits } = credential;
  const expiresAt = new Date(0);
  return credential.kind === 'token'
    ? { kind: 'token', id, expiresAt, limits: limits ?? { permissions: [] } }
    : { kind: 'session', id, expiresAt };
}
