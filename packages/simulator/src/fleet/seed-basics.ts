import { type Kind, kindOf } from '../objects/kinds.ts';
import type { Writes } from '../server/writes.ts';

const rbac = 'rbac.authorization.k8s.io';
const options = { manager: 'kube-apiserver', dryRun: false };

const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'patch', 'update'];

function rule(verbs: readonly string[], group: string, ...resources: string[]) {
  return { apiGroups: [group], resources, verbs };
}

const view = [
  rule(
    read,
    '',
    'configmaps',
    'events',
    'namespaces',
    'persistentvolumeclaims',
    'pods',
    'pods/log',
    'resourcequotas',
    'serviceaccounts',
    'services',
  ),
  rule(read, 'apps', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'),
  rule(read, 'batch', 'cronjobs', 'jobs'),
  rule(read, 'discovery.k8s.io', 'endpointslices'),
  rule(read, 'autoscaling', 'horizontalpodautoscalers'),
  rule(['get', 'list'], 'metrics.k8s.io', 'nodes', 'pods'),
  rule(read, 'networking.k8s.io', 'ingresses'),
  rule(read, 'policy', 'poddisruptionbudgets'),
];
const edit = [
  ...view,
  rule([...read, ...write], '', 'secrets'),
  rule(write, '', 'configmaps', 'persistentvolumeclaims', 'pods', 'serviceaccounts', 'services'),
  rule(['create'], '', 'pods/eviction'),
  rule(
    write,
    'apps',
    'daemonsets',
    'deployments',
    'deployments/scale',
    'replicasets',
    'statefulsets',
    'statefulsets/scale',
  ),
  rule(write, 'batch', 'cronjobs', 'jobs'),
  rule(write, 'autoscaling', 'horizontalpodautoscalers'),
  rule(write, 'networking.k8s.io', 'ingresses'),
  rule(write, 'policy', 'poddisruptionbudgets'),
];
/** The roles for people that every cluster has, for the kinds that are served here. */
const userRoles = { view, edit, admin: [...edit, rule([...read, ...write], rbac, 'rolebindings', 'roles')] };

/** Namespaces and roles every cluster has from the start. */
export function seedBasics(writes: Writes): void {
  const create = (group: string, plural: string, body: Record<string, unknown>) =>
    writes.create(kindOf(group, plural) as Kind, undefined, body, options);
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    create('', 'namespaces', { metadata: { name } });
  const role = (name: string, rules: unknown[], group: string) => {
    create(rbac, 'clusterroles', { metadata: { name }, rules });
    create(rbac, 'clusterrolebindings', {
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: rbac, kind: 'Group', name: group }],
    });
  };
  const urls = [
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
  ];
  const reviews = [
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: ['create'],
    },
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ];
  const everything = [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ];
  for (const [name, rules] of Object.entries(userRoles)) {
    const labels = { [`rbac.authorization.k8s.io/aggregate-to-${name}`]: 'true' };
    create(rbac, 'clusterroles', { metadata: { name, labels }, rules });
  }
  role('cluster-admin', everything, 'system:masters');
  role('system:discovery', [{ nonResourceURLs: urls, verbs: ['get'] }], 'system:authenticated');
  const open = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
  role('system:public-info-viewer', [{ nonResourceURLs: open, verbs: ['get'] }], 'system:unauthenticated');
  role('system:basic-user', reviews, 'system:authenticated');
}
