import type { ObjectTarget, ProxyTarget } from './proxy-path.ts';
import { isRead, type ProxyVerb } from './proxy-verb.ts';

/** Permissions of the portal that requests to a cluster need, as the contracts name them. */
export type ProxyPermission =
  | 'clusters:read'
  | 'clusters:administer'
  | 'clusters:mint'
  | 'inventory:read'
  | 'workloads:logs'
  | 'workloads:exec'
  | 'workloads:forward'
  | 'workloads:preview'
  | 'workloads:operate'
  | 'workloads:edit'
  | 'workloads:read-secrets'
  | 'workloads:write-secrets'
  | 'scheduling:drain';

/** Groups whose objects say who may do what; writing one, in whatever namespace, is administering the cluster. */
const groupsOfRights: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'apiregistration.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'certificates.k8s.io',
  'rbac.authorization.k8s.io',
]);

const selfReviews: ReadonlySet<string> = new Set([
  'authentication.k8s.io/selfsubjectreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
]);

/** What is the same by any method: below Kubernetes 1.35 a GET is enough to exec. */
const byAnyMethod: Readonly<Record<string, ProxyPermission>> = {
  'pods/exec': 'workloads:exec',
  'pods/attach': 'workloads:exec',
  'pods/ephemeralcontainers': 'workloads:exec',
  'pods/portforward': 'workloads:forward',
  'pods/proxy': 'workloads:preview',
  'services/proxy': 'workloads:preview',
  'pods/eviction': 'workloads:operate',
  'serviceaccounts/token': 'clusters:mint',
};

/**
 * The permissions that a request needs, all of them. `undefined`: nobody may, whatever they hold (`nodes/proxy` is a
 * shell on every node, and a subresource that nobody judged may be one too).
 */
export function permissionsOf(target: ProxyTarget, verb: ProxyVerb): readonly ProxyPermission[] | undefined {
  if (target.kind === 'root') return ['clusters:read'];
  if (isSelfReview(target)) return verb === 'create' ? ['clusters:read'] : undefined;
  return target.subresource === undefined ? ofObject(target, verb) : ofSubresource(target, target.subresource, verb);
}

/** A question about oneself: changes nothing. */
export function isSelfReview(target: ProxyTarget): boolean {
  return target.kind === 'object' && selfReviews.has(`${target.group}/${target.resource}`);
}

/** True for what opens a two-way stream into a pod. */
export function isTunnel(target: ProxyTarget): target is ObjectTarget & { subresource: string } {
  if (target.kind === 'root' || target.group !== '' || target.resource !== 'pods') return false;
  return ['exec', 'attach', 'portforward'].includes(target.subresource ?? '');
}

/** HTTP of a pod or a service: never from the origin of the portal, whose cookies and pages it would share. */
export function isPodHttp(target: ProxyTarget): boolean {
  return target.kind === 'object' && target.subresource === 'proxy';
}

export function isSecret(target: ProxyTarget): boolean {
  return target.kind === 'object' && target.group === '' && target.resource === 'secrets';
}

/**
 * The namespace whose owner and grants decide. A namespace itself is read in its own right, as Kubernetes does it;
 * whatever else has none belongs to the cluster.
 */
export function placeOf(target: ProxyTarget, verb: ProxyVerb): string | undefined {
  if (target.kind === 'root') return undefined;
  const isNamespace = target.group === '' && target.resource === 'namespaces' && isRead(verb);
  return target.namespace ?? (isNamespace ? target.name : undefined);
}

function ofObject(target: ObjectTarget, verb: ProxyVerb): readonly ProxyPermission[] {
  const { group, namespace, resource } = target;
  if (isSecret(target)) {
    // The API server answers a write with the whole object: to patch nothing is to read.
    return isRead(verb) ? ['workloads:read-secrets'] : ['workloads:write-secrets', 'workloads:read-secrets'];
  }
  if (isRead(verb)) return ['inventory:read'];
  // Cordons, taints and labels of nodes: the rung of operators patches them.
  if (group === '' && resource === 'nodes' && verb === 'patch') return ['scheduling:drain'];
  if (namespace === undefined || groupsOfRights.has(group)) return ['clusters:administer'];
  return group === '' && resource === 'pods' && verb === 'delete' ? ['workloads:operate'] : ['workloads:edit'];
}

function ofSubresource(
  target: ObjectTarget,
  subresource: string,
  verb: ProxyVerb,
): readonly ProxyPermission[] | undefined {
  const { group, resource } = target;
  const fixed = group === '' ? byAnyMethod[`${resource}/${subresource}`] : undefined;
  if (fixed !== undefined) return [fixed];
  switch (subresource) {
    case 'log':
      return group === '' && resource === 'pods' && verb === 'get' ? ['workloads:logs'] : undefined;
    case 'scale':
      return isRead(verb) ? ['inventory:read'] : ['workloads:operate'];
    case 'status':
      return ofObject(target, isRead(verb) ? 'get' : 'update');
    case 'resize':
      return group === '' && resource === 'pods' ? ofObject(target, isRead(verb) ? 'get' : 'update') : undefined;
    case 'finalize':
      return group === '' && resource === 'namespaces' ? ['clusters:administer'] : undefined;
    case 'approval':
      return group === 'certificates.k8s.io' ? ['clusters:administer'] : undefined;
    default:
      return undefined;
  }
}
