import { createHash } from 'node:crypto';
import type { Database } from '@quarterdeck/database';
import type { Authenticator } from '../../../platform/http/ports.ts';
import { clusterPrefix } from '../../../platform/http/problems.ts';
import type { Principal } from '../../../platform/principal.ts';
import { createRecent } from '../../../platform/recent.ts';
import type { Connections, MemberClient } from '../connections.ts';

/**
 * kubectl and controllers ask many times a second with the same token: who that is may be a second old, a fifth of what
 * a revocation may take, and is forgotten as soon as a right changes anywhere.
 */
const keptMs = 1000;

type Listening = Pick<Database, 'listen'>;

/** The authenticator, with bearers of requests to clusters remembered for a second. Sessions are asked for each time. */
export function rememberBearers(
  authenticator: Authenticator,
  { listen }: Listening,
): Authenticator & { close(): void } {
  const recent = createRecent<Principal | undefined>(keptMs);
  const close = listen('quarterdeck_access', () => recent.forget());
  return {
    close,
    async authenticate(request) {
      const { authorization } = request.headers;
      if (authorization === undefined || !request.url.startsWith(clusterPrefix)) {
        return authenticator.authenticate(request);
      }
      // The network it came from is judged with the token.
      const key = createHash('sha256').update(`${request.ip}\n${authorization}`).digest('base64');
      const principal = await recent.get(key, () => authenticator.authenticate(request));
      return isOver(principal) ? authenticator.authenticate(request) : principal;
    },
  };
}

/** The clients of clusters, each with the state of its row as of a second ago, or of its last change. */
export function rememberClients(
  connections: Pick<Connections, 'for'>,
  { listen }: Listening,
): Pick<Connections, 'for'> & { close(): void } {
  const recent = createRecent<MemberClient>(keptMs);
  const close = listen('quarterdeck_rows', (payload) => {
    if (payload === undefined || payload.includes('clusters.index')) recent.forget();
  });
  return { close, for: (clusterId) => recent.get(clusterId, () => connections.for(clusterId)) };
}

function isOver(principal: Principal | undefined): boolean {
  return (
    principal !== undefined && principal.kind !== 'system' && principal.credential.expiresAt.getTime() <= Date.now()
  );
}
