import type { Database } from '@quarterdeck/database';
import type { OutboundClient } from '@quarterdeck/outbound';
import type { Envelopes } from '../../platform/crypto/envelope.ts';
import type { Cursors } from '../../platform/cursor.ts';
import { fromUuid } from '../../platform/ids.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Audit } from '../audit/index.ts';
import { createAccountsReadModel } from './accounts.read-model.ts';
import { createClaim } from './claim.ts';
import { createDescribeMe } from './describe-me.ts';
import { createGroupsStore } from './groups.store.ts';
import type { IdentityPorts } from './identity-ports.ts';
import { createKnownDevices } from './known-devices.ts';
import { createManageGroups } from './manage-groups.ts';
import { createManageProviders } from './manage-providers.ts';
import { createManageUsers } from './manage-users.ts';
import { createConfigurations } from './oidc/configurations.ts';
import { createLoginsStore } from './oidc/logins.store.ts';
import { createProviderLogout } from './oidc/provider-logout.ts';
import { createProviderSignIn } from './oidc/provider-sign-in.ts';
import { createOwnerGuard } from './owner-guard.ts';
import { createPasswords } from './passwords.ts';
import { createProfile } from './profile.ts';
import { createProvidersStore } from './providers.store.ts';
import { createRecovery } from './recovery.ts';
import { createResetLinks } from './reset-links.ts';
import { createSecondFactor } from './second-factor.ts';
import { createSessions } from './sessions.ts';
import { createSignIn } from './sign-in.ts';
import { createSignInLimitsStore } from './sign-in-limits.store.ts';
import { createSignInLimits } from './sign-in-limits.ts';
import { createUsersStore } from './users.store.ts';

export type Identity = Awaited<ReturnType<typeof createIdentity>>;

export type IdentityDeps = {
  database: Database;
  audit: Audit;
  cursors: Cursors;
  envelopes: Envelopes;
  pepper: Buffer;
  /** The way to providers. */
  outbound: OutboundClient;
  ports: IdentityPorts;
  logger: Logger;
  /** Plain http on this machine: no second factor. */
  loopback: boolean;
  /** First is canonical. */
  publicOrigins: readonly string[];
  /** First segments of the portal's pages: where a sign-in may lead. */
  pages: readonly string[];
  /** Shortest time of a failed sign-in, ms; hides which step failed. */
  floorMs?: number;
};

/**
 * Who you are: the claim of a new installation, accounts, groups, providers, sign-in, sessions. Each verb has a file;
 * this ties them.
 */
export async function createIdentity(deps: IdentityDeps) {
  const { database, audit, pepper, envelopes, ports, logger, loopback, cursors, outbound, publicOrigins } = deps;
  const publicOrigin = publicOrigins[0] ?? '';
  const users = createUsersStore(database);
  const accounts = createAccountsReadModel(database);
  const groups = createGroupsStore(database);
  const providers = createProvidersStore(database);
  const logins = createLoginsStore(database);
  const limitsStore = createSignInLimitsStore(database);
  const limits = createSignInLimits({ store: limitsStore, pepper });
  const passwords = await createPasswords(pepper);
  const sessions = createSessions({ database, audit, needsSecondFactor: !loopback });
  const describeMe = createDescribeMe({ accounts, sessions, ports, loopback });
  const secondFactor = createSecondFactor({ database, audit, envelopes, pepper, limits, loopback });
  const resetLinks = createResetLinks({ database, audit, users, sessions, passwords, limits, publicOrigin });
  const owners = createOwnerGuard({ users, ports });
  const configurations = createConfigurations({ outbound, envelopes });
  const signIn = createSignIn({
    database,
    audit,
    users,
    providers,
    passwords,
    sessions,
    limits,
    devices: createKnownDevices(pepper),
    secondFactor,
    describeMe,
    pepper,
    logger,
    floorMs: deps.floorMs,
  });
  const oidc = { database, audit, providers, logins, sessions, configurations, envelopes, logger };

  return {
    ...createClaim({ database, audit, users, passwords, sessions, ports, describeMe }),
    ...signIn,
    ...createProfile({ database, audit, users, passwords, sessions, limits, signIn, describeMe }),
    ...createManageUsers({ cursors, users, accounts, sessions, secondFactor, resetLinks, owners, ports }),
    ...createManageGroups({ database, cursors, users, providers, owners, ports }),
    ...createManageProviders({
      database,
      store: providers,
      sessions,
      envelopes,
      configurations,
      outbound,
      ports,
      publicOrigins,
    }),
    ...createProviderSignIn({ ...oidc, users, groups, pages: deps.pages }),
    ...createProviderLogout({ ...oidc, outbound, publicOrigin }),
    ...createRecovery({ database, audit, users, sessions, secondFactor, resetLinks, ports }),
    secondFactor,
    resetPassword: resetLinks.use,
    async listSignInProviders() {
      return (await providers.listEnabled()).map(({ id, name }) => ({ id: fromUuid('idp', id), name }));
    },
    authenticate: sessions.authenticate,
    isAlive: sessions.isAlive,
    listSessions: sessions.list,
    endSession: sessions.end,
    endOtherSessions: sessions.endOthers,

    async sweep(): Promise<void> {
      await sessions.sweep();
      await limitsStore.sweep();
      await logins.sweep();
    },
  };
}
