import { mutate } from './mutate.ts';

/** Failures are counted in this process alone. */
export default mutate<typeof import('../../apps/api/src/features/identity/sign-in-limits.store.ts')>({
  createSignInLimitsStore: (real) => (database) => {
    const counted = new Map<string, number>();
    return {
      ...real.createSignInLimitsStore(database),
      async count(key) {
        const failures = (counted.get(key.toString('hex')) ?? 0) + 1;
        counted.set(key.toString('hex'), failures);
        return { failures, waitSeconds: 900 };
      },
    };
  },
});
