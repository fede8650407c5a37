import { mutate } from './mutate.ts';

/** What did not go through the first time has failed. */
export default mutate<typeof import('../../packages/kubernetes/src/apply/apply-object.ts')>({
  applyObject:
    (real) =>
    async (...asked) => {
      const result = await real.applyObject(...asked);
      return result.outcome === 'retry' ? { ...result, outcome: 'invalid' } : result;
    },
});
