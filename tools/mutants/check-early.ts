import { mutate } from './mutate.ts';

/** The right is looked up beside the change's transaction and not held until its end. */
export default mutate<typeof import('../../apps/api/src/features/access/rights.store.ts')>({
  createRightsStore: (real) => (database) => {
    const store = real.createRightsStore(database);
    return { ...store, deciding: (_tx, ...asked) => store.deciding(database.pool, ...asked) };
  },
});
