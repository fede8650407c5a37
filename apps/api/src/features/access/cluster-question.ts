import type { Permission } from '@quarterdeck/contracts';

/** What a SelfSubjectAccessReview asks. */
export type ClusterQuestion = {
  verb: string;
  group: string;
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
};

/** Filled by `clusters`, to our right: asks the member cluster as this user with these groups. */
export type AskCluster = (
  clusterId: string,
  identity: { user: string; groups: readonly string[]; uid: string; actor: string },
  question: ClusterQuestion,
) => Promise<{ answer: 'allowed' | 'denied' | 'unreachable'; detail?: string }>;

type Asked = Pick<ClusterQuestion, 'verb' | 'group' | 'resource' | 'subresource'>;

const pods = { group: '', resource: 'pods' };
const deployments = { group: 'apps', resource: 'deployments' };
const secrets = { group: '', resource: 'secrets' };
const nodes = { group: '', resource: 'nodes' };

/** The one request that stands for a permission inside a cluster; others do nothing there as the person. */
const questions: Partial<Record<Permission, Asked>> = {
  'inventory:read': { verb: 'list', ...pods },
  'workloads:read': { verb: 'get', ...deployments },
  'workloads:logs': { verb: 'get', ...pods, subresource: 'log' },
  'workloads:exec': { verb: 'create', ...pods, subresource: 'exec' },
  'workloads:forward': { verb: 'create', ...pods, subresource: 'portforward' },
  'workloads:preview': { verb: 'create', ...pods, subresource: 'portforward' },
  'workloads:operate': { verb: 'patch', ...deployments },
  'workloads:edit': { verb: 'patch', ...deployments },
  'workloads:read-secrets': { verb: 'get', ...secrets },
  'workloads:write-secrets': { verb: 'patch', ...secrets },
  'releases:create': { verb: 'patch', ...deployments },
  'releases:rollback': { verb: 'patch', ...deployments },
  'scaling:write': { verb: 'patch', group: 'autoscaling', resource: 'horizontalpodautoscalers' },
  'scaling:override': { verb: 'patch', ...deployments, subresource: 'scale' },
  'scheduling:run': { verb: 'create', ...pods, subresource: 'eviction' },
  'scheduling:drain': { verb: 'patch', ...nodes },
  'network:write': { verb: 'create', group: 'networking.k8s.io', resource: 'networkpolicies' },
  'load-balancing:write': { verb: 'patch', group: 'networking.k8s.io', resource: 'ingresses' },
  'clusters:administer': { verb: 'create', group: '', resource: 'namespaces' },
  'clusters:mint': { verb: 'create', group: '', resource: 'serviceaccounts', subresource: 'token' },
};

/** Kinds without a namespace. */
const clusterScoped = new Set(['nodes', 'namespaces']);

export function questionOf(permission: Permission, namespace: string | undefined): ClusterQuestion | undefined {
  const asked = questions[permission];
  if (asked === undefined) return undefined;
  return { ...asked, ...(namespace === undefined || clusterScoped.has(asked.resource) ? {} : { namespace }) };
}

/** `get pods/log in shop`. */
export function inWords({ verb, group, resource, subresource, namespace }: ClusterQuestion): string {
  const name = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`;
  return `${verb} ${name}${namespace === undefined ? '' : ` in ${namespace}`}`;
}
