import { mutate } from './mutate.ts';

/** Who had a lease once may write for ever. */
export default mutate<typeof import('../../apps/api/src/platform/jobs/lease-clock.ts')>({
  startLease: () => () => () => true,
});
