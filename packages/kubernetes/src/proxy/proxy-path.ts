/** An object, a collection or a subresource, as a path of the Kubernetes API names it. */
export type ObjectTarget = {
  kind: 'object';
  /** Empty for the core group. */
  group: string;
  version: string;
  namespace?: string;
  /** Plural: `pods`. */
  resource: string;
  name?: string;
  subresource?: string;
};

/** What clients ask before any object: versions, discovery, schemas, health. */
export type RootTarget = { kind: 'root'; segments: readonly string[] };

export type ProxyTarget = ObjectTarget | RootTarget;

/** Why a path names nothing that is passed on. */
export type PathRefusal = { kind: 'refused'; status: 400 | 404; detail: string };

const printable = /^\/[\x21-\x7e]*$/;
/** What another parser could read as a different path, once decoded. */
const misleading = /[/\\%;]|\p{Cc}/u;
const group = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;
const version = /^[a-z0-9]+$/;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const subresource = /^[a-z]+$/;
/** What follows `namespaces/<name>/` and is about the namespace itself, as Kubernetes reads it. */
const ofNamespace = new Set(['status', 'finalize']);

/**
 * Reads the raw path of a request below a cluster. What is authorised is this object, and `proxyPathOf` builds the
 * path that is sent from it alone: nothing of the text goes on.
 */
export function parseProxyPath(path: string): ProxyTarget | PathRefusal {
  if (!printable.test(path) || path.includes('#') || path.includes('?')) return malformed();
  const endsInSlash = path.length > 1 && path.endsWith('/');
  const segments: string[] = [];
  for (const raw of (endsInSlash ? path.slice(1, -1) : path.slice(1)).split('/')) {
    const segment = decoded(raw);
    if (segment === undefined) return malformed();
    segments.push(segment);
  }
  if (isRoot(segments)) return { kind: 'root', segments };
  return endsInSlash ? malformed() : objectOf(segments);
}

/** The path of a target, each segment encoded. */
export function proxyPathOf(target: ProxyTarget): string {
  const segments =
    target.kind === 'root'
      ? target.segments
      : [
          ...(target.group === '' ? ['api'] : ['apis', target.group]),
          target.version,
          ...(target.namespace === undefined ? [] : ['namespaces', target.namespace]),
          target.resource,
          ...(target.name === undefined ? [] : [target.name]),
          ...(target.subresource === undefined ? [] : [target.subresource]),
        ];
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join('');
}

/** Decoded once; `undefined` for what must not be in a segment. */
function decoded(raw: string): string | undefined {
  try {
    const segment = decodeURIComponent(raw);
    if (segment === '' || segment === '.' || segment === '..' || misleading.test(segment)) return undefined;
    return segment;
  } catch {
    return undefined;
  }
}

function isRoot([first = '', ...rest]: readonly string[]): boolean {
  switch (first) {
    case 'version':
    case 'healthz':
    case 'livez':
    case 'readyz':
      return rest.length === 0;
    case 'api':
      return rest.length === 0 || (rest.length === 1 && rest[0] === 'v1');
    case 'apis':
      return rest.length <= 2 && isWellFormed(group, rest[0]) && isWellFormed(version, rest[1]);
    case 'openapi':
      return true;
    default:
      return false;
  }
}

function objectOf([first, ...rest]: readonly string[]): ObjectTarget | PathRefusal {
  if (first !== 'api' && first !== 'apis') return notServed();
  const [apiGroup, apiVersion, ...parts] = first === 'api' ? ['', ...rest] : rest;
  if (apiGroup === undefined || apiVersion === undefined) return notServed();
  if (first === 'apis' && !group.test(apiGroup)) return malformed();
  if (!version.test(apiVersion)) return malformed();
  if (parts[0] === 'watch' || parts[0] === 'proxy') return notServed();
  const namespace = namespaceOf(parts);
  const [resource, name, sub, ...more] = namespace === undefined ? parts : parts.slice(2);
  if (resource === undefined || !label.test(resource)) return malformed();
  if (!isWellFormed(label, namespace) || !isWellFormed(subresource, sub)) return malformed();
  // Behind `proxy` stands a path of the pod's own; it is refused as a whole, and nothing of it is needed.
  if (more.length > 0 && sub !== 'proxy') return malformed();
  return {
    kind: 'object',
    group: apiGroup,
    version: apiVersion,
    ...(namespace === undefined ? {} : { namespace }),
    resource,
    ...(name === undefined ? {} : { name }),
    ...(sub === undefined ? {} : { subresource: sub }),
  };
}

function namespaceOf([first, name, third]: readonly string[]): string | undefined {
  return first === 'namespaces' && third !== undefined && !ofNamespace.has(third) ? name : undefined;
}

function isWellFormed(shape: RegExp, text: string | undefined): boolean {
  return text === undefined || shape.test(text);
}

function malformed(): PathRefusal {
  return {
    kind: 'refused',
    status: 400,
    detail:
      'proxy_path_invalid: the path must name a group, version and resource in plain segments, without encoded slashes, dots or percents.',
  };
}

function notServed(): PathRefusal {
  return {
    kind: 'refused',
    status: 404,
    detail: 'This path is not passed on: only /api, /apis, /openapi, /version and the health checks are.',
  };
}
