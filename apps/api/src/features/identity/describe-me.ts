import type { Me } from '@quarterdeck/contracts';
import { notFound } from '../../platform/errors.ts';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import type { Principal } from '../../platform/principal.ts';
import type { AccountRow, AccountsReadModel } from './accounts.read-model.ts';
import type { IdentityPorts } from './identity-ports.ts';
import { sessionOf, userOf } from './principals.ts';
import type { Sessions } from './sessions.ts';

export interface DescribeMe {
  (principal: Principal): Promise<Me>;
  /** Of a session that was just opened. */
  byCookie(cookie: string): Promise<Me>;
}

/** What the portal knows of who is signed in. */
export function createDescribeMe(deps: {
  accounts: AccountsReadModel;
  sessions: Sessions;
  ports: Pick<IdentityPorts, 'permissionsAt'>;
  loopback: boolean;
}): DescribeMe {
  const { accounts, sessions, ports, loopback } = deps;

  async function describe(principal: Principal): Promise<Me> {
    const user = userOf(principal);
    const session = sessionOf(user);
    const row = await accounts.find(toUuid(user.id));
    if (row === undefined) throw notFound('This account');
    return {
      user: {
        id: user.id,
        name: row.name,
        displayName: row.display_name,
        ...(row.email === null ? {} : { email: row.email }),
        createdAt: row.created_at.toISOString(),
      },
      sessionId: session.id,
      sessionExpiresAt: session.expiresAt.toISOString(),
      permissions: await ports.permissionsAt(user, 'fleet'),
      permissionsSomewhere: await ports.permissionsAt(user, 'any'),
      ...(row.provider_id === null || row.provider_name === null
        ? {}
        : { provider: { id: fromUuid('idp', row.provider_id), name: row.provider_name } }),
      secondFactor: secondFactorOf(row, loopback),
      ...(row.groups_error === null ? {} : { groupsError: row.groups_error }),
    };
  }

  async function byCookie(cookie: string): Promise<Me> {
    const principal = await sessions.authenticate(cookie);
    if (principal === undefined) throw notFound('This session');
    return describe(principal);
  }

  return Object.assign(describe, { byCookie });
}

function secondFactorOf(row: AccountRow, loopback: boolean): Me['secondFactor'] {
  if (row.issuer !== null) return 'provider';
  if (loopback) return 'unavailable';
  return row.has_totp ? 'on' : 'owed';
}
