import {
  facts,
  integerOf,
  type Json,
  objectOf,
  objectsOf,
  textOf,
  textOrNothing,
  textsOf,
} from '../projection/values.ts';
import type { WatchedKind } from './kind.ts';

const shown = 50;
/** As many as a slice can have. */
const counted = 1000;

export const endpointsliceKind: WatchedKind = {
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
  rank: 41,
  project(object) {
    const endpoints = objectsOf(object.endpoints, counted);
    // Unknown counts as ready: so the API has it.
    const ready = endpoints.filter(({ conditions }) => objectOf(conditions).ready !== false).length;
    const zones = new Set(endpoints.map(({ zone }) => textOf(zone, 63)).filter((zone) => zone !== ''));
    return {
      health: endpoints.length === 0 ? 'waiting' : ready === endpoints.length ? 'healthy' : 'degraded',
      statusText: `${ready}/${endpoints.length}`,
      ready,
      desired: endpoints.length,
      facts: facts({
        service: textOrNothing(objectOf(objectOf(object.metadata).labels)['kubernetes.io/service-name']),
        addressType: textOrNothing(object.addressType, 16),
        ports: objectsOf(object.ports, 20).map((port) =>
          facts({
            name: textOrNothing(port.name, 63),
            port: integerOf(port.port),
            protocol: textOrNothing(port.protocol, 16),
          }),
        ),
        zones: [...zones].slice(0, 20),
        endpoints: endpoints.slice(0, shown).map(endpointFacts),
      }),
      words: endpoints.slice(0, shown).flatMap(({ addresses }) => textsOf(addresses, 2, 64)),
    };
  },
};

function endpointFacts(endpoint: Json): Record<string, unknown> {
  const conditions = objectOf(endpoint.conditions);
  const target = objectOf(endpoint.targetRef);
  return facts({
    addresses: textsOf(endpoint.addresses, 4, 64),
    ready: conditions.ready !== false,
    terminating: conditions.terminating === true || undefined,
    zone: textOrNothing(endpoint.zone, 63),
    node: textOrNothing(endpoint.nodeName),
    target: target.kind === 'Pod' ? textOrNothing(target.name) : undefined,
  });
}
