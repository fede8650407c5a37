import { mutate } from './mutate.ts';

/** A rollback has as many failures as it likes. */
export default mutate<typeof import('../../apps/api/src/features/releases/machine-rows.ts')>({
  backwards: (real) => real.atOnce,
});
