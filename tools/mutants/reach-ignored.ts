import { mutate } from './mutate.ts';

/** A cluster that cannot be written to is a failure like any other. */
export default mutate<typeof import('../../apps/api/src/features/releases/machine-rows.ts')>({
  isOutOfReach: () => () => false,
});
