import { mutate } from './mutate.ts';

/** Nothing ever differs. */
export default mutate<typeof import('../../packages/kubernetes/src/apply/changed-fields.ts')>({
  changedFields: () => () => [],
});
