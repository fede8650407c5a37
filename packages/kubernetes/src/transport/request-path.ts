import type { ClusterRequest } from './cluster-client.ts';

const safePath = /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9\-._~!$&'()*+,;=:@%]*)+$/;

/**
 * Path and query below the server's fixed prefix. Segments come encoded; anything that another parser could read as a
 * different path (dot segments, empty segments inside, `?`, `#`, controls) is a fault of the caller.
 * @throws TypeError
 */
export function requestPath(prefix: string, { path, query }: Pick<ClusterRequest, 'path' | 'query'>): string {
  if (!safePath.test(path) || path.includes('//') || /%(2f|5c|00|2e)/i.test(path)) {
    throw new TypeError(`Not a path of a cluster: ${JSON.stringify(path.slice(0, 200))}`);
  }
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.append(name, String(value));
  }
  const text = parameters.toString();
  return `${prefix}${path}${text === '' ? '' : `?${text}`}`;
}
