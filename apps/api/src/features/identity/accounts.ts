import type { Database } from '@quarterdeck/database';
import type { Cursors } from '../../platform/cursor.ts';
import type { Audit } from '../audit/index.ts';
import type { AccountPorts } from './account-ports.ts';
import { type Authentication, createAuthentication } from './authentication.ts';
import type { Identity } from './identity.service.ts';
import { createServiceAccounts, type ServiceAccounts } from './service-accounts.service.ts';
import { createServiceAccountsStore } from './service-accounts.store.ts';
import type { SessionCookie } from './session-cookie.ts';
import { createTokenAuthentication } from './tokens.authenticate.ts';
import { createTokens, type Tokens } from './tokens.service.ts';
import { createTokensStore } from './tokens.store.ts';

/** How programs sign in: tokens and the accounts behind them. */
export type Accounts = { authentication: Authentication; tokens: Tokens; serviceAccounts: ServiceAccounts };

export function composeAccounts(deps: {
  database: Database;
  audit: Audit;
  identity: Identity;
  cookie: SessionCookie;
  cursors: Cursors;
  pepper: Buffer;
  ports: AccountPorts;
}): Accounts {
  const { database, audit, identity, cookie, cursors, pepper, ports } = deps;
  const store = createTokensStore(database);
  const tokens = createTokens({ store, ports, cursors, pepper });
  return {
    authentication: createAuthentication({
      identity,
      cookie,
      tokens: createTokenAuthentication({ store, audit, pepper }),
    }),
    tokens,
    serviceAccounts: createServiceAccounts({
      database,
      store: createServiceAccountsStore(database),
      tokens,
      ports,
      cursors,
    }),
  };
}
