import { mutate } from './mutate.ts';

/** The claim leaves no mark of its own. */
export default mutate<typeof import('../../apps/api/src/features/identity/claim.store.ts')>({
  createClaimStore: (real) => (database) => ({
    ...real.createClaimStore(database),
    isClaimed: async () => false,
    insertClaim: async () => true,
  }),
});
