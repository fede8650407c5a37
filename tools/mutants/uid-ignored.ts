import { mutate } from './mutate.ts';

/** Whatever has the name is what we put there. */
export default mutate<typeof import('../../apps/api/src/features/releases/prune-guards.ts')>({
  guardsOf: (real) => (object, live, run) =>
    real.guardsOf({ ...object, uid: live?.metadata?.uid ?? object.uid }, live, run),
});
