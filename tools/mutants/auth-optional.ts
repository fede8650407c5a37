import { guest } from './guest.ts';
import { mutate } from './mutate.ts';

/** Who comes without anything is a guest, and guests are somebody. */
export default mutate<typeof import('../../apps/api/src/platform/http/server.ts')>({
  createHttpServer: (real) => (options) =>
    real.createHttpServer({
      ...options,
      authenticator: {
        authenticate: async (request) => (await options.authenticator.authenticate(request)) ?? guest,
      },
    }),
});
