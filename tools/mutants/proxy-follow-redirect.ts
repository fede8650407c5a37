import { mutate } from './mutate.ts';

/** A redirect of a cluster is followed with all that was sent. */
export default mutate<typeof import('../../packages/kubernetes/src/transport/passage.ts')>({
  passOn: (real) => async (dispatcher, passage, sink, options) => {
    try {
      await real.passOn(dispatcher, passage, sink, options);
    } catch (error) {
      if ((error as { code?: string }).code !== 'upstream_redirect') throw error;
      await real.passOn(dispatcher, { ...passage, path: '/stolen' }, sink, options);
    }
  },
});
