import { mutate } from './mutate.ts';

/** Whatever the look at the first wave found, the release goes on. */
export default mutate<typeof import('../../apps/api/src/features/releases/preflight-actions.ts')>({
  preflightActions: () => () => [{ type: 'preflighted' }],
});
