/**
 * Which fields of a change a reader of the trail sees as they are, per action. Everything else shows as `hmac:` and
 * eight hex digits: that it changed, and whether it is the same as before, but not what it is. A field that can hold a
 * secret (parameters, environment variables, credentials) is never listed. `*` stands for one path segment or more.
 */
const shownFields: Readonly<Record<string, readonly string[]>> = {
  'identity:self': ['owner', 'ended', 'displayName'],
  'identity:manage': ['disabled', 'displayName', 'email', 'groups', 'group', 'members', 'ended', 'sessions'],
  'identity:service-accounts': ['name', 'displayName', 'expiresAt', 'permissions', 'disabled', 'revoked'],
  'access:grant': ['role', 'subject', 'scope', 'expiresAt', 'selector'],
  'access:roles': ['permissions', 'rung', 'displayName'],
  'access:projects': ['displayName', 'slug', 'tier', 'rules', 'registries'],
  'environments:manage': ['tier', 'rules'],
  'clusters:register': ['server', 'labels', 'displayName', 'credential/kind', 'credential/expiresAt', 'bootstrap/*'],
  'clusters:update': ['displayName', 'labels', 'labels/*', 'state', 'color', 'provider', 'region', 'site', 'tier'],
  'clusters:credentials': ['server', 'credential/kind', 'credential/expiresAt', 'bootstrap/*'],
  'clusters:remove': ['state', 'displayName'],
  'workloads:logs': ['container', 'previous', 'tailLines', 'sinceTime', 'follow'],
  'applications:write': ['environments', 'displayName', 'targets'],
  'applications:delete': ['removed'],
  'releases:create': ['images', 'targets'],
  'releases:rollback': ['rollbackOf', 'images', 'targets'],
  'releases:operate': [
    'aborted',
    'abort',
    'retry',
    'retried',
    'pause',
    'paused',
    'resume',
    'resumed',
    'skip',
    'skipped',
  ],
  'audit:export': ['format', 'filter'],
};

const patterns = new Map(
  Object.entries(shownFields).map(([action, fields]) => [
    action,
    {
      exact: new Set(fields.filter((field) => !field.endsWith('*'))),
      prefixes: fields.filter((field) => field.endsWith('*')).map((field) => field.slice(0, -1)),
    },
  ]),
);

/** True when the field of this action may be read in the trail. */
export function allowedFields(action: string, path: string): boolean {
  const pattern = patterns.get(action);
  if (pattern === undefined) return false;
  return pattern.exact.has(path) || pattern.prefixes.some((prefix) => path.startsWith(prefix));
}
