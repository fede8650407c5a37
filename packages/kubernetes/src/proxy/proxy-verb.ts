import type { ProxyTarget } from './proxy-path.ts';

/** What a request does, in the words of Kubernetes' RBAC. */
export type ProxyVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';

const readVerbs: ReadonlySet<ProxyVerb> = new Set(['get', 'list', 'watch']);

/** `undefined` for a method that the Kubernetes API does not know here. */
export function verbOf(method: string, target: ProxyTarget, query: URLSearchParams): ProxyVerb | undefined {
  if (target.kind === 'root') return method === 'GET' ? 'get' : undefined;
  switch (method) {
    case 'GET':
      if (target.name !== undefined) return 'get';
      return isOn(query, 'watch') ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return target.name === undefined ? 'deletecollection' : 'delete';
    default:
      return undefined;
  }
}

export function isRead(verb: ProxyVerb): boolean {
  return readVerbs.has(verb);
}

/** True for an answer that goes on until somebody ends it: a watch, or a log that is followed. */
export function isEndless(target: ProxyTarget, verb: ProxyVerb, query: URLSearchParams): boolean {
  return verb === 'watch' || isFollow(target, query);
}

/** A log that is followed; one without a line says nothing for hours, not even its headers. */
export function isFollow(target: ProxyTarget, query: URLSearchParams): boolean {
  return target.kind === 'object' && target.subresource === 'log' && isOn(query, 'follow');
}

/** As Kubernetes reads a flag of a query: there and neither `0` nor `false`, so an empty one is on; the first counts. */
function isOn(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}
