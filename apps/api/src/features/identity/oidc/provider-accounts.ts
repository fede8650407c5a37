import { createHash } from 'node:crypto';
import type { Transaction } from '@quarterdeck/database';
import { newId, toUuid } from '../../../platform/ids.ts';
import type { createGroupsStore } from '../groups.store.ts';
import type { ProviderRow } from '../providers.store.ts';
import type { UserRow } from '../users.store.ts';
import { accountNameFor, type Person } from './claims.ts';

const nameTries = 20;

/**
 * The account of a person of a provider, known by issuer and subject alone: an e-mail address or a name never leads
 * to an account. Made at the first sign-in, without any right.
 */
export async function putProviderAccount(
  tx: Transaction,
  provider: ProviderRow,
  person: Person,
  groups: ReturnType<typeof createGroupsStore>,
): Promise<{ user: UserRow; isNew: boolean; groupsChanged: boolean }> {
  const found = await update(tx, provider, person);
  const user = found ?? (await insert(tx, provider, person));
  const groupsChanged = await groups.syncProviderGroups(
    tx,
    { userId: user.id, providerId: provider.id },
    person.groups,
  );
  return { user, isNew: found === undefined, groupsChanged };
}

async function update(tx: Transaction, provider: ProviderRow, person: Person): Promise<UserRow | undefined> {
  const result = await tx.query<UserRow>(
    `UPDATE identity_user SET display_name = $3, email = $4, provider_id = $5, groups_error = $6,
       groups_synced_at = now(), last_sign_in_at = now()
     WHERE issuer = $1 AND subject = $2 RETURNING *`,
    [
      provider.issuer,
      person.subject,
      person.displayName,
      person.email ?? null,
      provider.id,
      person.groupsError ?? null,
    ],
  );
  return result.rows[0];
}

async function insert(tx: Transaction, provider: ProviderRow, person: Person): Promise<UserRow> {
  const base = accountNameFor(person, provider.name);
  const digest = createHash('sha256').update(`${provider.issuer}\n${person.subject}`).digest('hex').slice(0, 12);
  for (let attempt = 1; attempt <= nameTries; attempt += 1) {
    const [local = 'user', realm = 'sso'] = base.split('@', 2);
    const suffix = attempt === nameTries ? `-${digest}` : attempt === 1 ? '' : `-${attempt}`;
    const result = await tx.query<UserRow>(
      `INSERT INTO identity_user
         (id, name, display_name, email, provider_id, issuer, subject, groups_error, groups_synced_at, last_sign_in_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), now()) ON CONFLICT DO NOTHING RETURNING *`,
      [
        toUuid(newId('usr')),
        `${local}${suffix}@${realm}`,
        person.displayName,
        person.email ?? null,
        provider.id,
        provider.issuer,
        person.subject,
        person.groupsError ?? null,
      ],
    );
    const row = result.rows[0] ?? (await update(tx, provider, person));
    if (row !== undefined) return row;
  }
  throw new Error('No free account name was found for a person of a provider.');
}
