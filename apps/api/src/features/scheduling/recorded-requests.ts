import type { Permission } from '@quarterdeck/contracts';
import type { Identity } from '@quarterdeck/kubernetes';
import type { ProxyRecords } from '../clusters/index.ts';

/** A request to a cluster as the trail writes it down. */
type Recorded = Parameters<ProxyRecords['open']>[1];

/** A node is cordoned or taken back into use. */
export function cordonRecord(clusterId: string, node: string, identity: Identity): Recorded {
  return {
    clusterId,
    target: { kind: 'object', group: '', version: 'v1', resource: 'nodes', name: node },
    verb: 'patch',
    query: new URLSearchParams(),
    permissions: ['scheduling:drain'],
    place: { clusterId },
    identity,
    groupsOf: undefined,
  };
}

/** A pod is told to go, by itself or with its node. */
export function evictionRecord(
  clusterId: string,
  { namespace, name }: { namespace: string; name: string },
  identity: Identity,
  permissions: readonly Permission[],
): Recorded {
  return {
    clusterId,
    target: {
      kind: 'object',
      group: '',
      version: 'v1',
      namespace,
      resource: 'pods',
      name,
      subresource: 'eviction',
    },
    verb: 'create',
    query: new URLSearchParams(),
    permissions,
    place: { clusterId, namespace },
    identity,
    groupsOf: namespace,
  };
}
