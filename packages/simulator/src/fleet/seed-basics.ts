import { type Kind, kindOf } from '../objects/kinds.ts';
import type { Writes } from '../server/writes.ts';

const rbac = 'rbac.authorization.k8s.io';
const options = { manager: 'kube-apiserver', dryRun: false };

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
    { apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectaccessreviews'], verbs: ['create'] },
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
  ];
  const everything = [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ];
  role('cluster-admin', everything, 'system:masters');
  role('system:discovery', [{ nonResourceURLs: urls, verbs: ['get'] }], 'system:authenticated');
  role('system:basic-user', reviews, 'system:authenticated');
}
