import { mutate } from './mutate.ts';

/** The server that starts last has the only setup code. */
export default mutate<typeof import('../../apps/api/src/features/identity/claim.store.ts')>({
  createClaimStore: (real) => (database) => {
    const store = real.createClaimStore(database);
    return {
      ...store,
      async putSetupCode(...code) {
        await database.pool.query('DELETE FROM identity_setup_code');
        await store.putSetupCode(...code);
      },
    };
  },
});
