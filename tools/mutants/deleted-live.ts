import { mutate } from './mutate.ts';

/** An application is deleted whatever runs of it. */
export default mutate<typeof import('../../apps/api/src/features/applications/delete-application.ts')>({
  createDeletion: (real) => (deps) => real.createDeletion({ ...deps, facts: { isLive: async () => false } }),
});
