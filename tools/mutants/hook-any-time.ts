import { mutate } from './mutate.ts';

/** A signature holds for ever. */
export default mutate<typeof import('../../apps/api/src/features/pipelines/verify-hook.ts')>({
  verifyHook: (real) => (attempt) => {
    const proof = real.verifyHook(attempt);
    return 'refused' in proof && proof.refused === 'hook_too_old' ? { replayable: false } : proof;
  },
});
