import { mutate } from './mutate.ts';

/** An answer is read as fast as the cluster gives it. */
export default mutate<typeof import('../../apps/api/src/features/clusters/proxy/answer.ts')>({
  answerTo: (real) => (response, options) => ({
    ...real.answerTo(response, options),
    write(pieces) {
      // So that the test ends: a process with real answers would go on until its memory is full.
      if (response.writableLength > 2_000_000) response.destroy();
      for (const piece of pieces) if (!response.destroyed) response.write(piece);
      return !response.destroyed;
    },
  }),
});
