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

export const ingressKind: WatchedKind = {
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'ingresses',
  kind: 'Ingress',
  namespaced: true,
  rank: 42,
  project(object) {
    const spec = objectOf(object.spec);
    const hosts = [...new Set(objectsOf(spec.rules, 50).map(({ host }) => textOf(host)))].filter((host) => host !== '');
    const addresses = objectsOf(objectOf(objectOf(object.status).loadBalancer).ingress, 10).flatMap(
      ({ ip, hostname }) => textOrNothing(ip, 64) ?? textOrNothing(hostname) ?? [],
    );
    return {
      health: addresses.length === 0 ? 'waiting' : 'healthy',
      statusText: addresses.length === 0 ? 'No address' : 'Serving',
      facts: facts({
        class: textOrNothing(spec.ingressClassName),
        hosts,
        paths: pathsOf(spec),
        defaultBackend: backendOf(spec.defaultBackend),
        tlsHosts: objectsOf(spec.tls, 20).flatMap((tls) => textsOf(tls.hosts, 20)),
        tlsSecrets: objectsOf(spec.tls, 20).flatMap((tls) => textOrNothing(tls.secretName) ?? []),
        addresses,
      }),
      words: [...hosts, ...addresses],
    };
  },
};

function pathsOf(spec: Json): Record<string, unknown>[] {
  return objectsOf(spec.rules, 50)
    .flatMap((rule) =>
      objectsOf(objectOf(rule.http).paths, 50).map((path) =>
        facts({
          host: textOrNothing(rule.host),
          path: textOrNothing(path.path),
          type: textOrNothing(path.pathType, 32),
          ...backendOf(path.backend),
        }),
      ),
    )
    .slice(0, 50);
}

function backendOf(value: unknown): Record<string, unknown> | undefined {
  const service = objectOf(objectOf(value).service);
  const resource = objectOf(objectOf(value).resource);
  const port = objectOf(service.port);
  const backend = facts({
    service: textOrNothing(service.name),
    port: integerOf(port.number) ?? textOrNothing(port.name, 63),
    resource: typeof resource.name === 'string' ? `${textOf(resource.kind, 63)}/${textOf(resource.name)}` : undefined,
  });
  return Object.keys(backend).length === 0 ? undefined : backend;
}
