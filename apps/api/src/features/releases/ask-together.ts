import type { ClusterClient, ClusterRequest, ClusterResponse, Identity } from '@quarterdeck/kubernetes';
import { gather } from '../../platform/jobs/gather.ts';

/** A read that depends on nothing but the path, and on what the groups of whoever asks may see. */
type Read = Pick<ClusterRequest, 'path' | 'priority'> & { identity: Identity };

const clients = new WeakMap<ClusterClient, (read: Read) => Promise<ClusterResponse<unknown>>>();

/**
 * Releases to one namespace that are looked at together read what they have in common once. No answer is older than its
 * question; nobody changes it, since others hold it as well.
 * @throws ClusterError the cluster does not answer
 */
export async function askTogether<T>(client: ClusterClient, read: Read): Promise<ClusterResponse<T>> {
  const ask = clients.get(client) ?? reader(client);
  clients.set(client, ask);
  return (await ask(read)) as ClusterResponse<T>;
}

function reader(client: ClusterClient): (read: Read) => Promise<ClusterResponse<unknown>> {
  return gather(
    async (reads: readonly Read[]) => {
      const [first] = reads as [Read];
      const answer = await client.request<unknown>({ method: 'GET', ...first });
      return reads.map(() => answer);
    },
    { lane: ({ path, priority, identity }) => [path, priority, ...identity.groups].join(' ') },
  );
}
