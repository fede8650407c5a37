import type { Database } from '@quarterdeck/database';
import { createRecent, momentMs } from '../../../platform/recent.ts';
import type { Connections, MemberClient } from '../connections.ts';

/** The clients of clusters, each with the state of its row as of a second ago, or of its last change. */
export function rememberClients(
  connections: Pick<Connections, 'for'>,
  { listen }: Pick<Database, 'listen'>,
): Pick<Connections, 'for'> & { close(): void } {
  const recent = createRecent<MemberClient>(momentMs);
  const close = listen('quarterdeck_rows', (payload) => {
    if (payload === undefined || payload.includes('clusters.index')) recent.forget();
  });
  return { close, for: (clusterId) => recent.get(clusterId, () => connections.for(clusterId)) };
}
