import { mutate } from './mutate.ts';

/** Who does not answer is waited for until the caller's own time is over. */
export default mutate<typeof import('../../packages/kubernetes/src/transport/breaker.ts')>({
  createBreaker: (real) => (limits, now) => ({ ...real.createBreaker(limits, now), unanswered: () => false }),
});
