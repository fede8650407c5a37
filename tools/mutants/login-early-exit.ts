import { mutate } from './mutate.ts';

/** A password is hashed only for an account that exists. */
export default mutate<typeof import('../../apps/api/src/features/identity/passwords.ts')>({
  createPasswords: (real) => async (pepper) => {
    const careful = await real.createPasswords(pepper);
    return {
      ...careful,
      verify: async (stored, password) => (stored === undefined ? false : careful.verify(stored, password)),
    };
  },
});
