import { mutate } from './mutate.ts';

/** A version that the cluster forgot is a failure like any other: asked for again and again. */
export default mutate<typeof import('../../packages/kubernetes/src/watch/refusals.ts')>({
  toRefusal: (real) => (error) => {
    const refusal = real.toRefusal(error);
    return refusal.kind === 'gone' ? new real.WatchRefusal('failed', refusal.message) : refusal;
  },
});
