import { mutate } from './mutate.ts';

/** Whoever may edit may change anything: Secrets, namespaces and nodes too. */
export default mutate<typeof import('../../packages/kubernetes/src/proxy/proxy-permission.ts')>({
  permissionsOf: () => () => ['workloads:edit'],
});
