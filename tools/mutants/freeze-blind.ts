import { mutate } from './mutate.ts';

/** Releases start and waves open in a freeze. */
export default mutate<typeof import('../../apps/api/src/features/releases/decide.ts')>({
  decide: (real) => (rows, now) => real.decide({ ...rows, frozen: undefined }, now),
});
