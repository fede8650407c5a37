import { withSchemaDefaults } from './custom/prune.ts';
import type { Schema } from './custom/schema.ts';
import type { Kind } from './kinds.ts';
import { limitDefaults } from './limit-defaults.ts';
import { at, type Json, type KubeObject, listOf, objectOf, textOf } from './types.ts';
import { definition, workloadSpec } from './workload-defaults.ts';

/** What the API server fills in, as far as the product looks at it. */
export function withDefaults(kind: Kind, object: KubeObject, schema?: Schema): KubeObject {
  if (schema !== undefined) return withSchemaDefaults(schema, object) as KubeObject;
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
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
    case 'CronJob':
      return { ...object, spec: workloadSpec(kind, object, spec, template), status: object.status ?? {} };
    case 'PersistentVolumeClaim':
      return { ...object, spec: { volumeMode: 'Filesystem', ...spec }, status: object.status ?? { phase: 'Pending' } };
    case 'PersistentVolume':
      return {
        ...object,
        spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem', ...spec },
        status: object.status ?? { phase: 'Pending' },
      };
    case 'CustomResourceDefinition':
      return {
        ...object,
        spec: definition(spec),
        status: object.status ?? { conditions: [], acceptedNames: {}, storedVersions: [] },
      };
    case 'Pod':
      return {
        ...object,
        spec: assigned(podSpec(spec)),
        status: object.status ?? { phase: 'Pending', qosClass: qosOf(spec) },
      };
    case 'Service':
      return { ...object, spec: service(object, spec), status: object.status ?? { loadBalancer: {} } };
    case 'PodDisruptionBudget':
      return {
        ...object,
        status: object.status ?? { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
      };
    case 'HorizontalPodAutoscaler':
      return {
        ...object,
        spec: { minReplicas: 1, ...spec },
        status: object.status ?? { desiredReplicas: 0, currentMetrics: null },
      };
    case 'Ingress':
      return { ...object, status: object.status ?? { loadBalancer: {} } };
    case 'LimitRange':
      return { ...object, spec: { ...spec, limits: listOf(spec.limits).map(limitDefaults) } };
    case 'ValidatingAdmissionPolicy':
      return { ...object, spec: { failurePolicy: 'Fail', ...spec }, status: object.status ?? {} };
    case 'ResourceQuota':
      return { ...object, status: object.status ?? {} };
    case 'Secret':
      return secret(object);
    case 'NetworkPolicy':
      return { ...object, spec: { policyTypes: policyTypes(spec), ...spec } };
    case 'PriorityClass':
      return { preemptionPolicy: 'PreemptLowerPriority', ...object };
    case 'StorageClass':
      return { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate', ...object };
    default:
      return object;
  }
}

function policyTypes(spec: Json): string[] {
  return ['Ingress', ...(Array.isArray(spec.egress) && spec.egress.length > 0 ? ['Egress'] : [])];
}

/** Plain text is encoded and never stored as such. */
function secret({ stringData, ...rest }: KubeObject): KubeObject {
  const plain = Object.entries(objectOf(stringData)).map(([key, value]) => [
    key,
    Buffer.from(textOf(value)).toString('base64'),
  ]);
  const data = { ...objectOf(rest.data), ...Object.fromEntries(plain) };
  return { type: 'Opaque', ...rest, ...(Object.keys(data).length === 0 ? {} : { data }) } as KubeObject;
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
    ...(given.initContainers === undefined ? {} : { initContainers: listOf(given.initContainers).map(container) }),
  };
}

/** The lists of containers that a spec has, each container changed. */
function listsOf(spec: Json, change: (container: Json) => Json): Json {
  const lists = ['containers', 'initContainers'].filter((name) => spec[name] !== undefined);
  return Object.fromEntries(lists.map((name) => [name, listOf(spec[name]).map(change)]));
}

/** Who names a limit alone asks for as much. */
function requestsByLimits(given: Json): Json {
  const { limits, requests } = objectOf(given.resources);
  if (limits === undefined) return given;
  return {
    ...given,
    resources: { ...objectOf(given.resources), requests: { ...objectOf(limits), ...objectOf(requests) } },
  };
}

/** What only a pod gets, not the template it comes from. */
function assigned(spec: Json): Json {
  const account = spec.serviceAccountName ?? spec.serviceAccount ?? 'default';
  return {
    ...spec,
    ...listsOf(spec, requestsByLimits),
    serviceAccountName: account,
    serviceAccount: account,
    tolerations:
      spec.tolerations ??
      ['not-ready', 'unreachable'].map((name) => ({
        key: `node.kubernetes.io/${name}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
    priority: 0,
    enableServiceLinks: true,
    preemptionPolicy: 'PreemptLowerPriority',
  };
}

export function qosOf(spec: Json): string {
  const containers = listOf(spec.containers);
  const part = (name: string) => containers.map((each) => objectOf(at(each, 'resources', name)));
  const [requests, limits] = [part('requests'), part('limits')];
  if ([...requests, ...limits].every((each) => Object.keys(each).length === 0)) return 'BestEffort';
  const isFull = limits.every(
    (limit, index) =>
      limit.cpu !== undefined &&
      limit.memory !== undefined &&
      ['cpu', 'memory'].every((name) => (requests[index]?.[name] ?? limit[name]) === limit[name]),
  );
  return isFull ? 'Guaranteed' : 'Burstable';
}

function probe(given: unknown): Json {
  const { httpGet, ...rest } = objectOf(given);
  return {
    ...(httpGet === undefined ? {} : { httpGet: { scheme: 'HTTP', ...objectOf(httpGet) } }),
    ...rest,
    timeoutSeconds: rest.timeoutSeconds ?? 1,
    periodSeconds: rest.periodSeconds ?? 10,
    successThreshold: rest.successThreshold ?? 1,
    failureThreshold: rest.failureThreshold ?? 3,
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
    ...Object.fromEntries(
      ['livenessProbe', 'readinessProbe', 'startupProbe']
        .filter((name) => given[name] !== undefined)
        .map((name) => [name, probe(given[name])]),
    ),
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
