import { mutate } from './mutate.ts';

/** Whatever a client sends goes on. */
export default mutate<typeof import('../../packages/kubernetes/src/proxy/proxy-headers.ts')>({
  headersIn:
    () =>
    ({ host: _host, connection: _connection, authorization: _authorization, te: _te, ...given }) =>
      given as Record<string, string>,
});
