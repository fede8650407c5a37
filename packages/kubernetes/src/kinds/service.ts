import {
  facts,
  integerOf,
  type Json,
  objectOf,
  objectsOf,
  textMapOf,
  textOf,
  textOrNothing,
  textsOf,
} from '../projection/values.ts';
import type { WatchedKind } from './kind.ts';

export const serviceKind: WatchedKind = {
  group: '',
  version: 'v1',
  resource: 'services',
  kind: 'Service',
  namespaced: true,
  rank: 40,
  project(object) {
    const spec = objectOf(object.spec);
    const type = textOf(spec.type, 32) || 'ClusterIP';
    const clusterIps = textsOf(spec.clusterIPs);
    const external = [...ingressOf(object), ...textsOf(spec.externalIPs)];
    const isWaiting = type === 'LoadBalancer' && external.length === 0;
    return {
      health: isWaiting ? 'waiting' : 'healthy',
      statusText: isWaiting ? 'Pending' : type,
      facts: facts({
        type,
        clusterIps,
        external,
        externalName: textOrNothing(spec.externalName),
        ports: portsOf(spec),
        selector: textMapOf(spec.selector),
      }),
      words: [...clusterIps.filter((ip) => ip !== 'None'), ...external],
    };
  },
};

function ingressOf(object: Json): string[] {
  const ingress = objectsOf(objectOf(objectOf(object.status).loadBalancer).ingress, 10);
  return ingress.flatMap((entry) => textOrNothing(entry.ip, 64) ?? textOrNothing(entry.hostname) ?? []);
}

function portsOf(spec: Json): Record<string, unknown>[] {
  return objectsOf(spec.ports, 50).map((port) =>
    facts({
      name: textOrNothing(port.name, 63),
      port: integerOf(port.port),
      targetPort: integerOf(port.targetPort) ?? textOrNothing(port.targetPort, 63),
      nodePort: integerOf(port.nodePort),
      protocol: textOrNothing(port.protocol, 16),
    }),
  );
}
