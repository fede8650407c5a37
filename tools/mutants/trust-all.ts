import { mutate } from './mutate.ts';

/** Whoever connects from here is taken for our proxy, so that forwarded headers count. */
export default mutate<typeof import('../../apps/api/src/platform/http/server.ts')>({
  createHttpServer: (real) => (options) =>
    real.createHttpServer({ ...options, trustedProxies: ['127.0.0.1/8', '::1'] }),
});
