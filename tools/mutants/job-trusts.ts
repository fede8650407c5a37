import { mutate } from './mutate.ts';

/** A release that was allowed to start runs to its end, whoever it is for and wherever it goes by then. */
export default mutate<typeof import('../../apps/api/src/features/releases/run-authority.ts')>({
  createRunAuthority: () => () => ({ hold: async () => {} }),
});
