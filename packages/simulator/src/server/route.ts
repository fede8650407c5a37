import type { Question } from '../access/rbac.ts';
import type { KindRegistry } from '../objects/kind-registry.ts';
import type { Kind } from '../objects/kinds.ts';
import { type MetricsPath, metricsGroup, metricsPathOf } from './metrics.ts';
import { reviewKinds } from './reviews.ts';

/** What a path means. */
export type Route =
  | { to: 'kind'; kind: Kind; namespace?: string; name?: string; subresource?: string }
  | { to: 'review'; group: string; resource: string }
  | { to: 'metrics'; about: MetricsPath }
  | { to: 'plain'; path: string };

const reviews: ReadonlySet<string> = new Set(reviewKinds.map(({ plural }) => plural));

export function routeOf(path: string, registry: KindRegistry): Route {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const group = parts[0] === 'apis' ? (parts[1] ?? '') : '';
  const rest = parts[0] === 'api' ? parts.slice(2) : parts[0] === 'apis' ? parts.slice(3) : [];
  if (rest.length === 0) return { to: 'plain', path };
  if (rest.length === 1 && reviews.has(rest[0] ?? '')) return { to: 'review', group, resource: rest[0] ?? '' };
  if (group === metricsGroup && parts[2] === 'v1beta1') {
    const about = metricsPathOf(rest);
    return about === undefined ? { to: 'plain', path } : { to: 'metrics', about };
  }
  const inNamespace = rest[0] === 'namespaces' && rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize';
  const [plural = '', name, subresource] = inNamespace ? rest.slice(2) : rest;
  const kind = registry.find(group, plural);
  if (kind !== undefined && parts[0] === 'apis' && parts[2] !== kind.version) return { to: 'plain', path };
  if (kind === undefined || (inNamespace && !kind.namespaced)) return { to: 'plain', path };
  return {
    to: 'kind',
    kind,
    ...(inNamespace ? { namespace: rest[1] ?? '' } : {}),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** The question RBAC is asked about a request. */
export function questionOf(route: Route, method: string, query: URLSearchParams): Question {
  if (route.to === 'plain') return { verb: method.toLowerCase(), path: route.path };
  if (route.to === 'review') return { verb: 'create', group: route.group, resource: route.resource };
  if (route.to === 'metrics') {
    const { plural: resource, ...where } = route.about;
    return { verb: where.name === undefined ? 'list' : 'get', group: metricsGroup, resource, ...where };
  }
  const { kind, namespace, name, subresource } = route;
  const isWatch = query.get('watch') === '1' || query.get('watch') === 'true';
  const verbs: Record<string, string> = {
    GET: name === undefined ? (isWatch ? 'watch' : 'list') : 'get',
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: name === undefined ? 'deletecollection' : 'delete',
  };
  // A namespace is asked about as itself: a RoleBinding inside it may speak for it.
  const where = namespace ?? (kind.plural === 'namespaces' ? name : undefined);
  return {
    verb: verbs[method] ?? method.toLowerCase(),
    group: kind.group,
    resource: kind.plural,
    ...(where === undefined ? {} : { namespace: where }),
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
