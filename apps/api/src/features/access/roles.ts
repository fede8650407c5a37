import { type Permission, permissions, type ScopeKind } from '@quarterdeck/contracts';

/** A role that comes with the product; it cannot be changed or deleted. */
export type BuiltInRole = {
  id: string;
  name: string;
  description: string;
  /** Where it may be granted. */
  scopes: readonly ScopeKind[];
  permissions: readonly Permission[];
};

const anywhere: readonly ScopeKind[] = ['fleet', 'set', 'cluster', 'project', 'environment'];

/** `feature:*` and single permissions, in the order of the catalogue. */
function pick(...wanted: readonly (Permission | `${string}:*`)[]): Permission[] {
  const unknown = wanted.find((name) => !permissions.some((permission) => matches(permission, name)));
  if (unknown !== undefined) throw new Error(`No permission is called ${unknown}.`);
  return permissions.filter((permission) => wanted.some((name) => matches(permission, name)));
}

function matches(permission: Permission, name: string): boolean {
  return name.endsWith(':*') ? permission.startsWith(name.slice(0, -1)) : permission === name;
}

function all(but: readonly Permission[] = []): Permission[] {
  return permissions.filter((permission) => !but.includes(permission));
}

/** Every `read` from clusters to dashboards. */
const reads = permissions.filter(
  (permission) => permission.endsWith(':read') && !/^(audit|identity|access):/.test(permission),
);
const viewer = pick(...reads, 'workloads:logs', 'metrics:query', 'logs:query');
const releaseManager = pick(...viewer, ...pick('releases:*').filter((name) => name !== 'releases:prune'));
const developer = pick(
  ...viewer,
  'workloads:operate',
  'applications:write',
  'parameters:write',
  'releases:preview',
  'releases:create',
  'releases:operate',
  'releases:rollback',
  'pipelines:deploy',
  'scaling:override',
  'dashboards:write',
);
const deployer = pick(
  'applications:read',
  'templates:read',
  'releases:read',
  'pipelines:read',
  'releases:preview',
  'releases:create',
  'releases:operate',
  'releases:rollback',
  'pipelines:deploy',
);

/** The roles of the product. Their rung in a member cluster follows from their permissions. */
export const builtInRoles: readonly BuiltInRole[] = [
  {
    id: 'owner',
    name: 'Owner',
    description: 'Everything, for the whole fleet. Only owners make or remove owners.',
    scopes: ['fleet'],
    permissions: all(),
  },
  {
    id: 'platform-admin',
    name: 'Platform admin',
    description: 'Everything but roles, identity providers and where the audit trail goes.',
    scopes: ['fleet'],
    permissions: all(['access:roles', 'identity:configure', 'audit:configure']),
  },
  {
    id: 'sre',
    name: 'SRE',
    description: 'Operates clusters and what runs in them.',
    scopes: ['fleet', 'set', 'cluster'],
    permissions: pick(
      ...releaseManager,
      'inventory:export',
      'access:explain',
      'clusters:update',
      'workloads:exec',
      'workloads:forward',
      'workloads:preview',
      'workloads:operate',
      'workloads:edit',
      'logs:export',
      'metrics:alert',
      'scaling:*',
      'scheduling:*',
      'network:*',
      'load-balancing:*',
      'dashboards:*',
    ),
  },
  {
    id: 'auditor',
    name: 'Auditor',
    description: 'Reads everything, the audit trail and who may do what included.',
    scopes: ['fleet'],
    permissions: pick(
      ...reads,
      'audit:read',
      'audit:export',
      'audit:verify',
      'identity:read',
      'access:read',
      'access:explain',
      'access:export',
    ),
  },
  {
    id: 'project-admin',
    name: 'Project admin',
    description: 'Runs a project: its members, environments, releases and secrets.',
    scopes: ['project'],
    permissions: pick(
      ...developer,
      ...releaseManager,
      'audit:read',
      'access:read',
      'access:grant',
      'access:explain',
      'identity:service-accounts',
      'workloads:edit',
      'workloads:read-secrets',
      'workloads:write-secrets',
      'applications:delete',
      'environments:manage',
      'templates:write',
      'templates:publish',
      'releases:prune',
      'pipelines:manage',
      'pipelines:replay',
      'scaling:write',
    ),
  },
  {
    id: 'release-manager',
    name: 'Release manager',
    description: 'Starts, approves and steers releases.',
    scopes: ['project', 'environment'],
    permissions: releaseManager,
  },
  {
    id: 'developer',
    name: 'Developer',
    description: 'Deploys and operates the applications of a project.',
    scopes: ['project', 'environment'],
    permissions: developer,
  },
  {
    id: 'debugger',
    name: 'Debugger',
    description: 'Looks inside pods: terminal, port-forward, preview.',
    scopes: ['cluster', 'project', 'environment'],
    permissions: pick(...viewer, 'workloads:exec', 'workloads:forward', 'workloads:preview'),
  },
  {
    id: 'deployer',
    name: 'Deployer',
    description: 'Deploys and nothing else: for pipelines.',
    scopes: ['project', 'environment'],
    permissions: deployer,
  },
  {
    id: 'automation',
    name: 'Automation',
    description: 'What standing automation of a project may do. For service accounts.',
    scopes: ['project'],
    permissions: pick(...deployer, 'workloads:operate', 'scaling:override', 'scheduling:run'),
  },
  {
    id: 'viewer',
    name: 'Viewer',
    description: 'Looks at everything but secrets, and reads logs and metrics.',
    scopes: anywhere,
    permissions: viewer,
  },
];
