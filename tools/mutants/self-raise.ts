import { mutate } from './mutate.ts';

/** Whoever may grant may grant anything, also to themselves. */
export default mutate<typeof import('../../apps/api/src/features/access/granting-rules.ts')>({
  createGrantingRules: (real) => (deps) => ({
    ...real.createGrantingRules(deps),
    mayGive: async () => {},
    mayHandOn: async () => {},
  }),
});
