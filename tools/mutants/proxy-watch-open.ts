import { mutate } from './mutate.ts';

/** Who may not list may still watch and follow. */
export default mutate<typeof import('../../packages/kubernetes/src/proxy/proxy-permission.ts')>({
  permissionsOf: (real) => (target, verb) => (verb === 'watch' ? ['clusters:read'] : real.permissionsOf(target, verb)),
});
