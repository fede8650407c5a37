import { mutate } from './mutate.ts';

/** Who owns a place is looked up for a change, and may change hands before it commits. */
export default mutate<typeof import('../../apps/api/src/features/access/rights.store.ts')>({
  createRightsStore: (real) => (database) => {
    const store = real.createRightsStore(database);
    return { ...store, resolve: (on, target) => store.resolve(on, target) };
  },
});
