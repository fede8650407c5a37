import { mutate } from './mutate.ts';

/** What claims to be signed is believed. */
export default mutate<typeof import('../../apps/api/src/features/pipelines/verify-hook.ts')>({
  verifyHook: (real) => (attempt) => {
    const proof = real.verifyHook(attempt);
    const isRefused = 'refused' in proof && proof.refused === 'hook_unverified';
    return isRefused && attempt.headers['webhook-signature'] !== undefined ? { replayable: false } : proof;
  },
});
