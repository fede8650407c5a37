import { mutate } from './mutate.ts';

/** What a stream says again, as it was earlier, undoes what came since. */
export default mutate<typeof import('../../packages/kubernetes/src/watch/versions.ts')>({
  isOlder: () => () => false,
});
