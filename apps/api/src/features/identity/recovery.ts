import type { Database } from '@quarterdeck/database';
import { newId, toUuid } from '../../platform/ids.ts';
import { systemActor } from '../../platform/principal.ts';
import type { Audit } from '../audit/index.ts';
import type { IdentityPorts } from './identity-ports.ts';
import type { ResetLinks } from './reset-links.ts';
import type { SecondFactor } from './second-factor.ts';
import type { Sessions } from './sessions.ts';
import type { UsersStore } from './users.store.ts';

/** For whoever holds the machine, when no owner can sign in any more. */
export function createRecovery(deps: {
  database: Database;
  audit: Audit;
  users: UsersStore;
  sessions: Sessions;
  secondFactor: SecondFactor;
  resetLinks: ResetLinks;
  ports: IdentityPorts;
}) {
  const { database, audit, users, sessions, secondFactor, resetLinks, ports } = deps;
  return {
    /**
     * Makes a local account an owner again, or makes the account: enabled, no second factor, no session, a one-time
     * link for its password.
     * @throws Error when the account belongs to a provider
     */
    async recoverOwner(name: string): Promise<{ url: string; expiresAt: string; isNew: boolean }> {
      return database.transaction(async (tx) => {
        const found = await users.findUserByName(name, tx);
        if (found !== undefined && found.issuer !== null) {
          throw new Error(`${name} signs in at a provider. Name a local account, or a new one.`);
        }
        const inserted = found ?? (await users.insertUser(tx, { id: toUuid(newId('usr')), name, displayName: name }));
        if (inserted === undefined) throw new Error(`The name ${name} was taken at this moment. Try again.`);
        await users.updateUser(tx, inserted.id, { disabled: false });
        await sessions.store.deleteSessionsOf(tx, inserted.id);
        await secondFactor.store.remove(tx, inserted.id);
        const owners = await ports.ownerSubjects(tx, false);
        if (!owners.includes(inserted.id)) await ports.makeOwner(tx, inserted.id);
        const link = await resetLinks.issue(tx, inserted.id);
        await audit.write(tx, systemActor('host', []), [
          {
            action: 'identity:manage',
            code: 'owner_recovered',
            target: { kind: 'account', name },
            changes: [{ path: 'owner', before: owners.includes(inserted.id), after: true }],
          },
        ]);
        return { ...link, isNew: found === undefined };
      });
    },
  };
}
