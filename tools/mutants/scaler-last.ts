import { mutate } from './mutate.ts';

/** Nothing that is applied is known to be scaled. */
export default mutate<typeof import('../../packages/kubernetes/src/apply/replicas.ts')>({
  isScalable: () => () => false,
});
