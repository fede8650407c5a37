import { headersIn, type Identity, isFollow, type PassageTimes, proxyPathOf } from '@quarterdeck/kubernetes';
import type { FastifyRequest } from 'fastify';
import type { AdmittedRequest } from './admit.ts';

/** How long a cluster is waited for: by who asks for something that ends, and by who follows. */
export type WireTimes = { plain: PassageTimes; watch: PassageTimes };

export const wireTimes: WireTimes = {
  plain: { firstByteMs: 30_000, totalMs: 60_000 },
  watch: { firstByteMs: 30_000 },
};

/** What goes to the cluster: built of what was authorised, nothing of the request's own text. */
export function wireOf(
  request: FastifyRequest,
  { target, verb, query, identity }: AdmittedRequest,
  { plain, watch }: WireTimes = wireTimes,
): { path: string; headers: Record<string, string>; identity: Identity; times: PassageTimes } {
  const search = query.toString();
  return {
    path: `${proxyPathOf(target)}${search === '' ? '' : `?${search}`}`,
    headers: headersIn(request.headers),
    identity,
    // Followed, a log without a line gives no headers either: silence there is no fault.
    times: isFollow(target, query) ? {} : verb === 'watch' ? watch : plain,
  };
}
