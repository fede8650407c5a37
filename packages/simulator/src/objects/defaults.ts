import type { Kind } from './kinds.ts';
import { at, type Json, type KubeObject, listOf, objectOf } from './types.ts';

/** What the API server fills in, as far as the product looks at it. */
export function withDefaults(kind: Kind, object: KubeObject): KubeObject {
  const spec = objectOf(object.spec);
  switch (kind.kind) {
    case 'Namespace':
      return {
        ...object,
        metadata: {
          ...object.metadata,
          labels: { ...object.metadata.labels, 'kubernetes.io/metadata.name': object.metadata.name },
        },
        spec: { finalizers: ['kubernetes'], ...spec },
        status: { phase: 'Active', ...object.status },
      };
    case 'Deployment':
      return {
        ...object,
        spec: {
          replicas: 1,
          revisionHistoryLimit: 10,
          progressDeadlineSeconds: 600,
          ...spec,
          strategy: strategy(objectOf(spec.strategy)),
          template: template(objectOf(spec.template)),
        },
        status: object.status ?? {},
      };
    case 'Pod':
      return { ...object, spec: podSpec(spec), status: object.status ?? { phase: 'Pending', qosClass: 'Burstable' } };
    case 'Service':
      return { ...object, spec: service(object, spec), status: object.status ?? { loadBalancer: {} } };
    case 'Secret':
      return { type: 'Opaque', ...object };
    default:
      return object;
  }
}

function strategy(given: Json): Json {
  if (given.type === 'Recreate') return { type: 'Recreate' };
  return {
    type: 'RollingUpdate',
    rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%', ...objectOf(given.rollingUpdate) },
  };
}

function template(given: Json): Json {
  return { metadata: {}, ...given, spec: podSpec(objectOf(given.spec)) };
}

function podSpec(given: Json): Json {
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: {},
    ...given,
    containers: listOf(given.containers).map(container),
  };
}

function container(given: Json): Json {
  const image = String(given.image ?? '');
  const isLatest = !/:[^/]+$|@/.test(image) || image.endsWith(':latest');
  const ports = Array.isArray(given.ports)
    ? { ports: listOf(given.ports).map((port) => ({ protocol: 'TCP', ...port })) }
    : {};
  return {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
    resources: {},
    ...given,
    ...ports,
  };
}

function service(object: KubeObject, spec: Json): Json {
  const ip = clusterIp(object.metadata.uid);
  return {
    type: 'ClusterIP',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
    clusterIP: ip,
    clusterIPs: [at(spec, 'clusterIP') ?? ip],
    ...spec,
    ports: listOf(spec.ports).map((port) => ({ protocol: 'TCP', targetPort: port.port, ...port })),
  };
}

function clusterIp(uid: string): string {
  const bits = Number.parseInt(uid.slice(0, 4), 16) || 0;
  return `10.96.${bits >> 8}.${bits & 255}`;
}
