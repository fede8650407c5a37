import { mutate } from './mutate.ts';

/** Who began to send a request is who sent it, however long that took. */
export default mutate<typeof import('../../apps/api/src/platform/http/server.ts')>({
  createHttpServer: (real) => (options) => real.createHttpServer({ ...options, freshMs: Number.POSITIVE_INFINITY }),
});
