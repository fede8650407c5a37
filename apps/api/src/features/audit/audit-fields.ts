/** Of a request that was passed on to a cluster; its body is never kept. */
const passedOn = [
  'verb',
  'command',
  'container',
  'dryRun',
  'fieldManager',
  'force',
  'bytesIn',
  'bytesOut',
  'durationSeconds',
];

/**
 * Which fields of a change a reader of the trail sees as they are, per action. Everything else shows as `hmac:` and
 * eight hex digits: that it changed, and whether it is the same as before, but not what it is. Fields that can hold a
 * secret (parameters, environment variables, annotations) are not listed. `*` at the end stands for anything.
 */
const shownFields: Readonly<Record<string, readonly string[]>> = {
  'audit:export': ['*'],
  'audit:configure': ['*'],
  'identity:self': ['*'],
  'identity:manage': ['*'],
  'identity:service-accounts': ['*'],
  'identity:configure': ['*'],
  'access:grant': ['*'],
  'access:roles': ['*'],
  'access:projects': ['*'],
  'access:export': ['*'],
  'environments:manage': ['*'],
  'clusters:register': ['server', 'labels', 'displayName', 'credential/kind', 'credential/expiresAt', 'bootstrap/*'],
  'clusters:update': ['displayName', 'labels', 'state', 'color', 'server', 'proxyUrl', 'projectNumber'],
  'clusters:credentials': ['server', 'credential/kind', 'credential/expiresAt', 'bootstrap/*'],
  'clusters:remove': ['state', 'displayName'],
  'clusters:administer': [...passedOn, 'fields/*'],
  'clusters:mint': passedOn,
  'scheduling:drain': [...passedOn, 'unschedulable', 'drain', 'accepts', 'patienceSeconds', 'state', 'evicted', 'left'],
  'inventory:export': ['query'],
  'inventory:read': ['name', 'content'],
  'workloads:logs': ['*'],
  'workloads:exec': passedOn,
  'workloads:forward': passedOn,
  'workloads:operate': [...passedOn, 'replicas', 'restartedAt', 'paused', 'suspend', 'revision', 'images'],
  'workloads:edit': [...passedOn, 'labels/*', 'fields/*'],
  'workloads:read-secrets': passedOn,
  'workloads:write-secrets': passedOn,
  'applications:write': ['environments', 'displayName', 'targets', 'needs'],
  'applications:delete': ['removed'],
  'releases:create': ['images', 'targets'],
  'releases:rollback': ['rollbackOf', 'images', 'targets'],
  'releases:operate': ['*'],
  'pipelines:manage': ['jobTokens'],
};

/** Never shown, whatever the action's list says: names under which people keep secrets. */
const secretName = /secret|passw|pepper|credential$|kubeconfig|private|certificate|\bpem\b|\bdata\b|\btoken$|recovery/i;

/** True when the field of this action may be read in the trail. */
export function isShown(action: string, path: string): boolean {
  if (secretName.test(path)) return false;
  return (shownFields[action] ?? []).some((field) =>
    field.endsWith('*') ? path.startsWith(field.slice(0, -1)) : path === field,
  );
}
