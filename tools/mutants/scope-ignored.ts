import { permissions } from '@quarterdeck/contracts';
import { mutate } from './mutate.ts';

/** What a token was limited to when it was made is forgotten when it is used. */
export default mutate<typeof import('../../apps/api/src/features/identity/token-limits.ts')>({
  toLimits: () => () => ({ permissions: [...permissions] }),
});
