import { mutate } from './mutate.ts';

/** The path reaches the router as it came. */
export default mutate<typeof import('../../apps/api/src/platform/http/raw-request.ts')>({
  refuseRawRequest: (real) => (request) => real.refuseRawRequest({ ...request, url: '/' }),
});
