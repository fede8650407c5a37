import { mutate } from './mutate.ts';

/** A COMMIT whose reply was lost is taken for one that did not take place. */
export default mutate<typeof import('../../packages/database/src/commit.ts')>({
  commit:
    () =>
    async (client, _connect, _started, last = []) => {
      await client.query([...last, 'COMMIT'].join(';'));
    },
});
