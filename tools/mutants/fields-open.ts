import { mutate } from './mutate.ts';

/** The trail shows every field of a change, listed or not. */
export default mutate<typeof import('../../apps/api/src/features/audit/audit-fields.ts')>({
  isShown: () => () => true,
});
