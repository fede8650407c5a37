import { mutate } from './mutate.ts';

/** A token is revoked by its id, whoever owns it. */
export default mutate<typeof import('../../apps/api/src/features/identity/tokens.store.ts')>({
  createTokensStore: (real) => (database) => {
    const store = real.createTokensStore(database);
    return { ...store, revoke: (tx, id) => store.revoke(tx, id, undefined) };
  },
});
