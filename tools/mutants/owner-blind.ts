import { mutate } from './mutate.ts';

/** Whoever may manage programs may manage those that are owners. */
export default mutate<typeof import('../../apps/api/src/features/identity/owner-guard.ts')>({
  createOwnerGuard: (real) => (deps) => ({
    ...real.createOwnerGuard(deps),
    program: async () => {},
    token: async () => {},
  }),
});
