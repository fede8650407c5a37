import type { WatchedKind } from '../kinds/kind.ts';
import { objectOf } from '../projection/values.ts';
import { type ClusterClient, expectOk, type Identity } from '../transport/cluster-client.ts';

const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const atOnce = 4;

/**
 * Which of these kinds the identity may list and watch in the whole cluster, as the cluster itself says.
 * @throws KubernetesStatusError | ClusterError
 */
export async function mayList(
  client: ClusterClient,
  kinds: readonly WatchedKind[],
  options: { identity: Identity; signal: AbortSignal },
): Promise<Set<WatchedKind>> {
  const allowed = new Set<WatchedKind>();
  const waiting = [...kinds];

  async function allows(kind: WatchedKind, verb: string): Promise<boolean> {
    const resourceAttributes = { group: kind.group, version: kind.version, resource: kind.resource, verb };
    const review = await client.request({
      ...{ method: 'POST', path, priority: 'background', ...options },
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SelfSubjectAccessReview',
        spec: { resourceAttributes },
      },
    });
    return objectOf(objectOf(expectOk(review)).status).allowed === true;
  }

  async function work(): Promise<void> {
    for (let kind = waiting.shift(); kind !== undefined; kind = waiting.shift()) {
      if ((await allows(kind, 'list')) && (await allows(kind, 'watch'))) allowed.add(kind);
    }
  }

  await Promise.all(Array.from({ length: atOnce }, work));
  return allowed;
}
