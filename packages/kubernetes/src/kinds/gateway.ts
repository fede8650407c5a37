import { conditionNamed, conditionsOf } from '../projection/conditions.ts';
import type { HealthLevel } from '../projection/row.ts';
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

const group = 'gateway.networking.k8s.io';

export const gatewayKind: WatchedKind = {
  group,
  version: 'v1',
  resource: 'gateways',
  kind: 'Gateway',
  namespaced: true,
  rank: 43,
  project(object) {
    const spec = objectOf(object.spec);
    const status = objectOf(object.status);
    const conditions = conditionsOf(status);
    const addresses = objectsOf(status.addresses, 10).flatMap(({ value }) => textOrNothing(value) ?? []);
    const attached = new Map(
      objectsOf(status.listeners, 64).map((each) => [textOf(each.name), integerOf(each.attachedRoutes)] as const),
    );
    const listeners = objectsOf(spec.listeners, 64).map((listener) =>
      facts({
        name: textOrNothing(listener.name),
        port: integerOf(listener.port),
        protocol: textOrNothing(listener.protocol, 32),
        hostname: textOrNothing(listener.hostname),
        routes: attached.get(textOf(listener.name)),
      }),
    );
    const isAccepted = conditionNamed(conditions, 'Accepted')?.status;
    const isProgrammed = conditionNamed(conditions, 'Programmed')?.status;
    const refusal = conditions.find(
      ({ type, status: value }) => (type === 'Accepted' || type === 'Programmed') && value === 'False',
    );
    return {
      health:
        isProgrammed === 'True'
          ? 'healthy'
          : isAccepted === 'False'
            ? 'failed'
            : isProgrammed === 'False'
              ? 'degraded'
              : 'waiting',
      statusText: isProgrammed === 'True' ? 'Programmed' : (refusal?.reason ?? 'Pending'),
      facts: facts({ class: textOrNothing(spec.gatewayClassName), addresses, listeners, conditions }),
      words: [...addresses, ...listeners.map(({ hostname }) => textOf(hostname))],
    };
  },
};

/** The routes of the Gateway API differ in their matches alone. */
export const routeKinds: readonly WatchedKind[] = (
  [
    ['httproutes', 'HTTPRoute', 'v1'],
    ['grpcroutes', 'GRPCRoute', 'v1'],
    ['tlsroutes', 'TLSRoute', 'v1alpha2'],
    ['tcproutes', 'TCPRoute', 'v1alpha2'],
    ['udproutes', 'UDPRoute', 'v1alpha2'],
  ] as const
).map(([resource, kind, version]) => ({
  group,
  version,
  resource,
  kind,
  namespaced: true,
  rank: 44,
  project(object) {
    const spec = objectOf(object.spec);
    const hosts = textsOf(spec.hostnames, 32);
    const parents = parentsOf(object);
    const refusal = parents.find(({ accepted, resolved }) => accepted === false || resolved === false);
    return {
      health: healthOf(parents),
      statusText: parents.length === 0 ? 'No parent' : refusal === undefined ? 'Accepted' : refusal.reason,
      facts: facts({ hosts, parents, backends: backendsOf(spec), paths: pathsOf(spec) }),
      words: hosts,
    };
  },
}));

type Parent = {
  gateway: string;
  namespace?: string;
  section?: string;
  accepted?: boolean;
  resolved?: boolean;
  reason: string;
};

/** Who the route hangs below, and what each controller says of it. */
function parentsOf(object: Json): Parent[] {
  return objectsOf(objectOf(object.status).parents, 32).map((parent) => {
    const ref = objectOf(parent.parentRef);
    const conditions = conditionsOf(parent);
    const accepted = conditionNamed(conditions, 'Accepted');
    const resolved = conditionNamed(conditions, 'ResolvedRefs');
    const namespace = textOrNothing(ref.namespace, 63);
    const section = textOrNothing(ref.sectionName);
    const refusal = [accepted, resolved].find((condition) => condition?.status === 'False');
    return {
      gateway: textOf(ref.name),
      ...(namespace === undefined ? {} : { namespace }),
      ...(section === undefined ? {} : { section }),
      ...(accepted === undefined ? {} : { accepted: accepted.status === 'True' }),
      ...(resolved === undefined ? {} : { resolved: resolved.status === 'True' }),
      reason: refusal?.reason ?? 'Accepted',
    };
  });
}

function healthOf(parents: readonly Parent[]): HealthLevel {
  if (parents.length === 0) return 'waiting';
  if (parents.every(({ accepted }) => accepted === false)) return 'failed';
  if (parents.some(({ accepted, resolved }) => accepted === false || resolved === false)) return 'degraded';
  return parents.every(({ accepted }) => accepted === true) ? 'healthy' : 'waiting';
}

function backendsOf(spec: Json): Record<string, unknown>[] {
  return objectsOf(spec.rules, 32)
    .flatMap((rule) =>
      objectsOf(rule.backendRefs, 16).map((backend) =>
        facts({
          service: textOrNothing(backend.name),
          namespace: textOrNothing(backend.namespace, 63),
          port: integerOf(backend.port),
          weight: integerOf(backend.weight),
        }),
      ),
    )
    .slice(0, 50);
}

function pathsOf(spec: Json): string[] {
  const paths = objectsOf(spec.rules, 32).flatMap((rule) =>
    objectsOf(rule.matches, 64).flatMap((match) => textOrNothing(objectOf(match.path).value) ?? []),
  );
  return [...new Set(paths)].slice(0, 50);
}
