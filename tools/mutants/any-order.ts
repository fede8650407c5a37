import { mutate } from './mutate.ts';

/** Whatever comes is newer. */
export default mutate<typeof import('../../apps/api/src/features/releases/release-order.ts')>({
  compareOrder: () => () => 1,
});
