import { mutate } from './mutate.ts';

/** The query is nobody's business at the edge. */
export default mutate<typeof import('../../apps/api/src/platform/http/raw-request.ts')>({
  refuseRawRequest: (real) => (request) =>
    real.refuseRawRequest({ ...request, url: request.url?.split('?', 1)[0], rawHeaders: request.rawHeaders }),
});
