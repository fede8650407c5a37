import { mutate } from './mutate.ts';

/** An upgrade is taken as soon as it is asked for, with whatever follows it. */
export default mutate<typeof import('../../apps/api/src/platform/http/raw-request.ts')>({
  refuseRawRequest: (real) => (request) => {
    const kept = request.rawHeaders.filter(
      (_, index, all) => !/^(content-length|transfer-encoding)$/i.test(all[index - (index % 2)] ?? ''),
    );
    return real.refuseRawRequest({ url: request.url, rawHeaders: kept });
  },
});
