import { mutate } from './mutate.ts';

/** A token may what its owner may, wherever. */
export default mutate<typeof import('../../apps/api/src/features/access/token-limits.ts')>({
  limitsAllow: () => () => true,
});
