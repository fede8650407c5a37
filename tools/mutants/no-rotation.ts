import { mutate } from './mutate.ts';

/** A session from before the sign-in goes on beside the new one. */
export default mutate<typeof import('../../apps/api/src/features/identity/sessions.ts')>({
  createSessions: (real) => (deps) => {
    const sessions = real.createSessions(deps);
    return {
      ...sessions,
      open: (tx, user, actor, { instead: _, ...options } = {}) => sessions.open(tx, user, actor, options),
    };
  },
});
