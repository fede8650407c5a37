import { mutate } from './mutate.ts';

/** Whoever has the e-mail address of an account is its owner. */
export default mutate<typeof import('../../apps/api/src/features/identity/oidc/provider-accounts.ts')>({
  putProviderAccount: (real) => async (tx, provider, person, groups) => {
    const known = await tx.query<Awaited<ReturnType<typeof real.putProviderAccount>>['user']>(
      'SELECT * FROM identity_user WHERE email = $1 LIMIT 1',
      [person.email],
    );
    const user = known.rows[0];
    return user === undefined
      ? real.putProviderAccount(tx, provider, person, groups)
      : { user, isNew: false, groupsChanged: false };
  },
});
