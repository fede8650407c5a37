import { mutate } from './mutate.ts';

/** Impersonation headers are taken away instead of refused. */
export default mutate<typeof import('../../apps/api/src/platform/http/raw-request.ts')>({
  refuseRawRequest: (real) => (request) => {
    const kept = request.rawHeaders.filter((_, index, all) => {
      const name = all[index - (index % 2)] ?? '';
      return !/^impersonate[-_]/i.test(name);
    });
    return real.refuseRawRequest({ url: request.url, rawHeaders: kept });
  },
});
