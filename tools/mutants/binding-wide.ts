import { mutate } from './mutate.ts';

/** A binding of a namespace to a ClusterRole is taken for one of the whole cluster. */
export default mutate<typeof import('../../packages/kubernetes/src/rbac/policy.ts')>({
  joinPolicy: (real) => (objects) => real.joinPolicy(objects).map((bound) => ({ ...bound, namespace: '' })),
});
