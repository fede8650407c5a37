import { mutate } from './mutate.ts';

/** What is owed is brought once: the release that was to bring it is the last one, however it ended. */
export default mutate<typeof import('../../apps/api/src/features/releases/automatic-releases.ts')>({
  createAutomaticReleases: (real) => (deps) => {
    const automatic = real.createAutomaticReleases(deps);
    return {
      ...automatic,
      catchUp: async (tx, debtId, asked) =>
        (await deps.machineStore.findDebt(debtId, tx))?.lastTry === undefined
          ? automatic.catchUp(tx, debtId, asked)
          : { not: 'closed' },
    };
  },
});
