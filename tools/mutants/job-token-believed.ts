import { mutate } from './mutate.ts';

/** A job that runs is on a branch that is protected, be it called what it will. */
export default mutate<typeof import('../../apps/api/src/features/pipelines/job-claims.ts')>({
  claimsOfJob: (real) => (job, pipeline) =>
    real.claimsOfJob({ ...job, ref: job.ref.replace(/^refs\/.*/, 'main') }, pipeline, true),
});
