import type { Deed } from '@quarterdeck/contracts';
import type { Principal } from '../../platform/principal.ts';
import type { InventoryPlaces } from '../inventory/index.ts';
import type { ObjectAddress } from './object-address.ts';

const kinds: Readonly<Record<string, string>> = {
  deployments: 'Deployment',
  statefulsets: 'StatefulSet',
  replicasets: 'ReplicaSet',
};
const most = 5;

/**
 * Tells of autoscalers that set again what a person scales, by the rows that they may see: a word beside the deed, no
 * reason against it. One that scales to nothing stands still while there are no replicas.
 */
export function createAutoscalerWarnings(
  placeOf: InventoryPlaces,
): (principal: Principal, address: ObjectAddress, deed: Deed) => Promise<string[]> {
  return async (principal, { clusterId, namespace, plural, name }, deed) => {
    const kind = kinds[plural];
    if (deed.kind !== 'scale' || kind === undefined || deed.replicas === 0) return [];
    const place = await placeOf(principal, { clusterId, namespace });
    const by = { target: [`${kind}/${name}`] };
    const [found] = (await place?.rows([{ plural: 'horizontalpodautoscalers', by, limit: most }])) ?? [];
    return (found?.rows ?? []).map(
      ({ name: scaler, facts }) =>
        `The HorizontalPodAutoscaler ${scaler} owns the number of replicas: it sets it again, between ${facts.min ?? 1} and ${facts.max ?? 'its most'}.`,
    );
  };
}
