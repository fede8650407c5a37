import { mutate } from './mutate.ts';

/** The path that was asked for is sent, and not the one that was authorised. */
export default mutate<typeof import('../../apps/api/src/features/clusters/proxy/wire.ts')>({
  wireOf: (real) => (request, admitted) => ({
    ...real.wireOf(request, admitted),
    path: (request.raw.url ?? '').replace(/^\/k8s\/clusters\/[^/]+/, ''),
  }),
});
