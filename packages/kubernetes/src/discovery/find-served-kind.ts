import type { ServedKind } from '../kinds/generic.ts';
import { type Json, objectOf } from '../projection/values.ts';
import { type ClusterClient, type ClusterResponse, expectOk, type Identity } from '../transport/cluster-client.ts';
import { fromResourceList, groupName, label } from './discover.ts';

/** How a cluster serves a kind in the very version that a manifest names. */
export interface ServedKinds {
  /**
   * @param apiVersion `v1`, `apps/v1`
   * @returns `undefined` where the cluster serves no such kind
   * @throws KubernetesStatusError | ClusterError
   */
  find(identity: Identity, apiVersion: string, kind: string): Promise<ServedKind | undefined>;
}

/** Asks a cluster's discovery once for each version; for the documents of one text. */
export function createServedKinds(client: ClusterClient): ServedKinds {
  const asked = new Map<string, Promise<readonly ServedKind[]>>();

  async function ask(identity: Identity, group: string, version: string): Promise<readonly ServedKind[]> {
    const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const response: ClusterResponse = await client.request({ method: 'GET', path, identity, priority: 'interactive' });
    if (response.status === 404) return [];
    return fromResourceList({ group, version }, objectOf(expectOk(response)) as Json);
  }

  return {
    async find(identity, apiVersion, kind) {
      const [first = '', second, ...more] = apiVersion.split('/');
      const [group, version] = second === undefined ? ['', first] : [first, second];
      // Names go into a path.
      if (more.length > 0 || !label.test(version) || (group !== '' && !groupName.test(group))) return undefined;
      const known = asked.get(apiVersion) ?? ask(identity, group, version);
      asked.set(apiVersion, known);
      return (await known).find((served) => served.kind === kind);
    },
  };
}
