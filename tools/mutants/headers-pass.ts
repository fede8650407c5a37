import { mutate } from './mutate.ts';

/** Every header that a caller has leaves, as if it were on the list. */
export default mutate<typeof import('../../packages/outbound/src/outbound-client.ts')>({
  createOutboundClient: (real) => (options) => {
    const all = { ...options, allowedHeaders: [...options.allowedHeaders, 'cookie', 'x-secret', 'authorization'] };
    return real.createOutboundClient(all);
  },
});
