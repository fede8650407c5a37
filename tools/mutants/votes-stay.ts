import { mutate } from './mutate.ts';

/** Who could approve once has approved. */
export default mutate<typeof import('../../apps/api/src/features/releases/vote-counts.ts')>({
  whyVoid: (real) => (vote, release) => real.whyVoid({ ...vote, isValid: true }, release),
});
