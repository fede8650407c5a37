import type { KubeObject, WatchedKind } from './kind.ts';
import { at, int, list, text } from './read.ts';

function ports(service: KubeObject): string[] {
  return list(at(service, 'spec', 'ports'))
    .slice(0, 50)
    .map((port) => `${int(at(port, 'port')) ?? '?'}/${text(at(port, 'protocol')) ?? 'TCP'}`);
}

export const serviceKind: WatchedKind = {
  group: '',
  version: 'v1',
  plural: 'services',
  kind: 'Service',
  namespaced: true,
  describe: (service) => {
    const type = text(at(service, 'spec', 'type')) ?? 'ClusterIP';
    const addresses = list(at(service, 'status', 'loadBalancer', 'ingress')).flatMap(
      (entry) => text(at(entry, 'ip')) ?? text(at(entry, 'hostname')) ?? [],
    );
    return {
      health: type === 'LoadBalancer' && addresses.length === 0 ? 'waiting' : 'healthy',
      statusText: type,
      facts: { type, clusterIp: text(at(service, 'spec', 'clusterIP')), ports: ports(service), addresses },
    };
  },
};
