import { mutate } from './mutate.ts';

/** A sign-in at a provider is found by its state alone, in any browser, as often as one likes. */
export default mutate<typeof import('../../apps/api/src/features/identity/oidc/logins.store.ts')>({
  createLoginsStore: (real) => (database) => ({
    ...real.createLoginsStore(database),
    async take(stateHash) {
      const { rows } = await database.pool.query<
        NonNullable<Awaited<ReturnType<ReturnType<typeof real.createLoginsStore>['take']>>>
      >(
        `SELECT nonce, code_verifier, origin, return_to, step_up_session_id, started_at, true AS live
         FROM identity_login WHERE state_hash = $1`,
        [stateHash],
      );
      return rows[0];
    },
  }),
});
