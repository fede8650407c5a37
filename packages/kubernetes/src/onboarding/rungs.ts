import type { PolicyRule } from './manifest-types.ts';

/** Rungs of the ladder inside a cluster, lowest first. */
export const rungs = ['viewers', 'deployers', 'operators', 'admins'] as const;
export type Rung = (typeof rungs)[number];

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

const appsKinds = ['daemonsets', 'deployments', 'replicasets', 'statefulsets'];
const coreKinds = ['configmaps', 'persistentvolumeclaims', 'replicationcontrollers', 'serviceaccounts', 'services'];
const gatewayKinds = ['grpcroutes', 'httproutes', 'referencegrants', 'tcproutes', 'tlsroutes', 'udproutes'];

function rule(apiGroup: string, resources: readonly string[], verbs: readonly string[]): PolicyRule {
  return { apiGroups: [apiGroup], resources: [...resources], verbs: [...verbs] };
}

/**
 * What each rung adds to the one below. Own rules, not the built-in `view`, `edit` and `admin`: `edit` may impersonate
 * service accounts, and below Kubernetes 1.35 any `get` on `pods/exec` is enough to exec, so viewers get of pods only
 * log and status.
 */
export const rungRules: Readonly<Record<Rung, readonly PolicyRule[]>> = {
  viewers: [
    rule(
      '',
      [
        ...coreKinds,
        'bindings',
        'endpoints',
        'events',
        'limitranges',
        'namespaces',
        'namespaces/status',
        'nodes',
        'persistentvolumeclaims/status',
        'persistentvolumes',
        'pods',
        'pods/log',
        'pods/status',
        'replicationcontrollers/scale',
        'replicationcontrollers/status',
        'resourcequotas',
        'resourcequotas/status',
        'services/status',
      ],
      read,
    ),
    rule('apps', [...appsKinds, ...appsKinds.map((kind) => `${kind}/status`), 'controllerrevisions'], read),
    rule('apps', ['deployments/scale', 'replicasets/scale', 'statefulsets/scale'], read),
    rule('autoscaling', ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'], read),
    rule('batch', ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status'], read),
    rule('discovery.k8s.io', ['endpointslices'], read),
    rule('events.k8s.io', ['events'], read),
    rule('networking.k8s.io', ['ingressclasses', 'ingresses', 'ingresses/status', 'networkpolicies'], read),
    rule('policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status'], read),
    rule('storage.k8s.io', ['csidrivers', 'csinodes', 'csistoragecapacities', 'storageclasses'], read),
    rule('scheduling.k8s.io', ['priorityclasses'], read),
    rule('node.k8s.io', ['runtimeclasses'], read),
    rule('apiextensions.k8s.io', ['customresourcedefinitions'], read),
    rule('gateway.networking.k8s.io', ['gatewayclasses', 'gateways', ...gatewayKinds], read),
    rule('metrics.k8s.io', ['nodes', 'pods'], ['get', 'list']),
  ],
  deployers: [
    rule('', [...coreKinds, 'pods', 'replicationcontrollers/scale'], write),
    rule('', ['secrets'], [...read, ...write]),
    rule('', ['events'], ['create', 'patch']),
    rule('', ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'services/proxy'], ['create', 'get']),
    rule('', ['pods/eviction'], ['create']),
    rule('', ['pods/ephemeralcontainers'], ['get', 'patch', 'update']),
    rule(
      'apps',
      [...appsKinds, 'deployments/rollback', 'deployments/scale', 'replicasets/scale', 'statefulsets/scale'],
      write,
    ),
    rule('autoscaling', ['horizontalpodautoscalers'], write),
    rule('batch', ['cronjobs', 'jobs'], write),
    rule('networking.k8s.io', ['ingresses', 'networkpolicies'], write),
    rule('policy', ['poddisruptionbudgets'], write),
    rule('gateway.networking.k8s.io', gatewayKinds, write),
  ],
  operators: [rule('', ['nodes'], ['patch', 'update'])],
  admins: [
    rule('', ['namespaces', 'persistentvolumes', 'resourcequotas', 'limitranges', 'nodes'], write),
    rule('', ['serviceaccounts/token'], ['create']),
    rule('rbac.authorization.k8s.io', ['rolebindings', 'roles'], [...read, ...write]),
    rule('rbac.authorization.k8s.io', ['clusterrolebindings', 'clusterroles'], read),
    rule('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']),
    rule('storage.k8s.io', ['csidrivers', 'storageclasses'], write),
    rule('scheduling.k8s.io', ['priorityclasses'], write),
    rule('node.k8s.io', ['runtimeclasses'], write),
    rule('networking.k8s.io', ['ingressclasses'], write),
    rule('gateway.networking.k8s.io', ['gatewayclasses', 'gateways'], write),
    rule('apiextensions.k8s.io', ['customresourcedefinitions'], write),
  ],
};

/** Discovery alone: what every member of the installation gets, and nothing of any namespace. */
export const memberRules: readonly PolicyRule[] = [
  {
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ],
    verbs: ['get'],
  },
];
