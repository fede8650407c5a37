import { mutate } from './mutate.ts';

/** `Connection` may name any header as hop-by-hop. */
export default mutate<typeof import('../../apps/api/src/platform/http/raw-request.ts')>({
  refuseRawRequest: (real) => (request) =>
    real.refuseRawRequest({
      ...request,
      rawHeaders: request.rawHeaders.map((text, index, all) =>
        index % 2 === 1 && all[index - 1]?.toLowerCase() === 'connection' ? 'close' : text,
      ),
    }),
});
