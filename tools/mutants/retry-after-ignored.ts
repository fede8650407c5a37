import { mutate } from './mutate.ts';

/** A cluster that asks to be left alone is asked again as soon as any other. */
export default mutate<typeof import('../../packages/kubernetes/src/watch/refusals.ts')>({
  toRefusal: (real) => (error) => {
    const { kind, message } = real.toRefusal(error);
    return new real.WatchRefusal(kind, message);
  },
});
