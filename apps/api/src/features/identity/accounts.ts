import type { Database } from '@quarterdeck/database';
import type { AddressGuard } from '@quarterdeck/outbound';
import type { Cursors } from '../../platform/cursor.ts';
import type { AccountPrincipal } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Audit } from '../audit/index.ts';
import type { AccountPorts } from './account-ports.ts';
import { type Authentication, createAuthentication } from './authentication.ts';
import { createExchangeLimits } from './exchange.limits.ts';
import { createExchange, type Exchange } from './exchange.service.ts';
import type { Identity } from './identity.service.ts';
import { createOwnerGuard } from './owner-guard.ts';
import { createServiceAccounts, type ServiceAccounts } from './service-accounts.service.ts';
import { createServiceAccountsStore } from './service-accounts.store.ts';
import type { SessionCookie } from './session-cookie.ts';
import { createSignInLimitsStore } from './sign-in-limits.store.ts';
import { createTokenAuthentication } from './tokens.authenticate.ts';
import { createTokens, type Tokens } from './tokens.service.ts';
import { createTokensStore } from './tokens.store.ts';
import { createTrustRules, type TrustRules } from './trust-rules.service.ts';
import { createTrustRulesStore } from './trust-rules.store.ts';
import { createUsersStore } from './users.store.ts';

/** How programs sign in: tokens, the accounts behind them, and the CI jobs that are trusted with some. */
export type Accounts = {
  authentication: Authentication;
  /** The account behind a token that did not come as one. @throws AppError `unauthenticated` */
  authenticateToken(token: string, ip: string): Promise<AccountPrincipal>;
  tokens: Tokens;
  serviceAccounts: ServiceAccounts;
  trustRules: TrustRules;
  exchange: Exchange;
};

export function composeAccounts(deps: {
  database: Database;
  audit: Audit;
  identity: Identity;
  cookie: SessionCookie;
  cursors: Cursors;
  pepper: Buffer;
  ports: AccountPorts;
  guard: AddressGuard;
  /** First public origin: what identity tokens must be made for. */
  audience: string;
  logger: Logger;
}): Accounts {
  const { database, audit, identity, cookie, cursors, pepper, ports, logger } = deps;
  const store = createTokensStore(database);
  const owners = createOwnerGuard({ users: createUsersStore(database), ports });
  const tokens = createTokens({ store, ports, owners, cursors, pepper });
  const serviceAccounts = createServiceAccounts({
    database,
    store: createServiceAccountsStore(database),
    tokens,
    owners,
    ports,
    cursors,
  });
  const rules = createTrustRulesStore(database);
  const tokenAuthentication = createTokenAuthentication({ store, audit, pepper });
  return {
    authentication: createAuthentication({ identity, cookie, tokens: tokenAuthentication }),
    authenticateToken: tokenAuthentication.authenticate,
    tokens,
    serviceAccounts,
    trustRules: createTrustRules({ store: rules, placeOfAccount: serviceAccounts.placeOf, owners, ports, cursors }),
    exchange: createExchange({
      database,
      audit,
      store: rules,
      tokens,
      ports,
      limits: createExchangeLimits({ store: createSignInLimitsStore(database), pepper }),
      guard: deps.guard,
      audience: deps.audience,
      logger,
    }),
  };
}
