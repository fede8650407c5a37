import { mutate } from './mutate.ts';

/** What is asked for by GET counts as reading, whatever it is. */
export default mutate<typeof import('../../packages/kubernetes/src/proxy/proxy-permission.ts')>({
  permissionsOf: (real) => (target, verb) => (verb === 'get' ? ['inventory:read'] : real.permissionsOf(target, verb)),
});
