import { stringify } from 'yaml';
import type { InventoryKind, ManifestObject, PolicyRule } from './manifest-types.ts';
import { defaultProfile, type OnboardingProfile, onBehalfOf } from './profile.ts';
import { memberRules, type Rung, rungRules, rungs } from './rungs.ts';

/** Names inside a member cluster, fixed for all installations. */
export const names = {
  namespace: 'quarterdeck-system',
  serviceAccount: 'quarterdeck',
  tokenSecret: 'quarterdeck-token',
  impersonator: 'quarterdeck-impersonator',
  inventory: 'quarterdeck-inventory',
  worker: 'quarterdeck-worker',
  members: 'quarterdeck-members',
} as const;

/** Users that people, releases and background work go as. */
export const impersonatedUsers = ['quarterdeck:person', 'quarterdeck:deployer', 'quarterdeck:worker'] as const;
/**
 * Keys under which a cluster is told who it is really, for which request and which release.
 * A domain and a path each: constrained impersonation (profile `bounded`) takes no others.
 */
export const extraKeys = {
  request: 'quarterdeck.dev/request',
  actor: 'quarterdeck.dev/actor',
  release: 'quarterdeck.dev/release',
} as const;
export const impersonatedExtras = Object.values(extraKeys);
const workersGroup = 'quarterdeck:workers';
const membersGroup = 'quarterdeck:members';

export const serviceAccountUser = `system:serviceaccount:${names.namespace}:${names.serviceAccount}`;

const read = ['get', 'list', 'watch'];
const rbac = 'rbac.authorization.k8s.io';

/** What the inventory reads besides the projected kinds: who may what inside the cluster. */
const rbacKinds: readonly InventoryKind[] = ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'].map(
  (resource) => ({ group: rbac, resource }),
);

export type ManifestOptions = {
  kinds: readonly InventoryKind[];
  /** Projects get numbered groups, since RBAC has no prefixes; default 1 to 128. */
  projects?: { from: number; to: number };
  /** Our token is asked for by TokenRequest and renewed, so no Secret holds one without an end; default false. */
  renewing?: boolean;
  profile?: OnboardingProfile;
};

/** `quarterdeck:p007:deployers` */
export function projectGroup(project: number, rung: Rung): string {
  return `quarterdeck:p${String(project).padStart(3, '0')}:${rung}`;
}

/** All groups the stored credential may speak for: without rungs of the whole cluster where its owner binds projects. */
export function impersonatedGroups(
  projects: { from: number; to: number } = { from: 1, to: 128 },
  { bindings }: Pick<OnboardingProfile, 'bindings'> = defaultProfile,
): string[] {
  const wide = bindings === 'managed' ? rungs.map((rung) => `quarterdeck:${rung}`) : [];
  const groups = [workersGroup, membersGroup, ...wide];
  for (let project = projects.from; project <= projects.to; project += 1) {
    groups.push(...rungs.map((rung) => projectGroup(project, rung)));
  }
  return groups;
}

/** Rules of the inventory: read every kind that is projected, and RBAC. */
export function inventoryRules(kinds: readonly InventoryKind[]): PolicyRule[] {
  const byGroup = Map.groupBy([...kinds, ...rbacKinds], ({ group }) => group);
  return [...byGroup].map(([group, members]) => ({
    apiGroups: [group],
    resources: [...new Set(members.map(({ resource }) => resource))].sort(),
    verbs: read,
  }));
}

/** Rules of background work that is not reading: namespaces of projects and their bindings to our rungs. */
export const workerRules: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['namespaces'], verbs: [...read, 'create', 'patch'] },
  { apiGroups: [rbac], resources: ['rolebindings'], verbs: [...read, 'create', 'delete', 'patch', 'update'] },
  {
    apiGroups: [rbac],
    resources: ['clusterroles'],
    verbs: ['bind'],
    resourceNames: rungs.map((rung) => `quarterdeck-${rung}`),
  },
];

/** Whom our account may speak for; `bounded` also what for. */
export function impersonatorRules(
  projects: { from: number; to: number } | undefined,
  profile: OnboardingProfile,
  kinds: readonly InventoryKind[],
): PolicyRule[] {
  const isBounded = profile.people === 'bounded';
  const verbs = [isBounded ? 'impersonate:user-info' : 'impersonate'];
  const authentication = 'authentication.k8s.io';
  const apiGroups = [isBounded ? authentication : ''];
  // RBAC has no prefixes: one that may speak for accounts by their names may speak for everybody.
  const users = profile.people === 'named' ? {} : { resourceNames: [...impersonatedUsers] };
  return [
    { apiGroups, resources: ['users'], verbs, ...users },
    { apiGroups, resources: ['groups'], verbs, resourceNames: impersonatedGroups(projects, profile) },
    {
      apiGroups: [authentication],
      resources: ['uids', ...impersonatedExtras.map((extra) => `userextras/${extra}`)],
      verbs,
    },
    ...(isBounded ? onBehalfOf(reachRules(kinds, profile)) : []),
  ];
}

/** Everything that people, releases and background work do by our own roles. */
function reachRules(kinds: readonly InventoryKind[], { bindings }: OnboardingProfile): PolicyRule[] {
  const create = ['create'];
  return [
    ...inventoryRules(kinds),
    ...(bindings === 'managed' ? workerRules : []),
    ...rungs.flatMap((rung) => rungRules[rung]),
    ...memberRules,
    ownTokenRule,
    { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: create },
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
      verbs: create,
    },
  ];
}

/**
 * The objects of a profile, `managed` and `groups-only` unless told, in the order they are applied. Our ServiceAccount
 * may do nothing but speak for the listed names; what those may do stands in the other roles.
 */
export function buildManifest(options: ManifestOptions): ManifestObject[] {
  const { kinds, profile = defaultProfile } = options;
  const isManaged = profile.bindings === 'managed';
  return [
    object('v1', 'Namespace', names.namespace),
    object('v1', 'ServiceAccount', names.serviceAccount, {}, names.namespace),
    clusterRole(names.impersonator, impersonatorRules(options.projects, profile, kinds)),
    clusterRoleBinding(names.impersonator, names.impersonator, {
      kind: 'ServiceAccount',
      name: names.serviceAccount,
      namespace: names.namespace,
    }),
    ...inventoryRoles(kinds),
    clusterRoleBinding(names.inventory, names.inventory, group(workersGroup)),
    ...(isManaged
      ? [clusterRole(names.worker, workerRules), clusterRoleBinding(names.worker, names.worker, group(workersGroup))]
      : []),
    ...tokenRenewal(),
    clusterRole(names.members, memberRules),
    clusterRoleBinding(names.members, names.members, group(membersGroup)),
    ...rungs.flatMap((rung, index) => [
      ...aggregatedRole(rung, rungRules[rung], [], rungs[index + 1]),
      ...(isManaged
        ? [clusterRoleBinding(`quarterdeck-${rung}`, `quarterdeck-${rung}`, group(`quarterdeck:${rung}`))]
        : []),
    ]),
    ...(options.renewing === true ? [] : [tokenSecret()]),
  ];
}

/** What another profile brings and this one does not: what is left of it gives rights that this one must not have. */
export function superfluousObjects(options: ManifestOptions): ManifestObject[] {
  const key = ({ kind, metadata }: ManifestObject) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`;
  const ours = new Set(buildManifest(options).map(key));
  const whole = buildManifest({ ...options, renewing: false, profile: defaultProfile });
  return whole.filter((each) => each.kind !== 'Secret' && !ours.has(key(each)));
}

/** The line that deletes objects without a namespace. */
export function deleteCommand(objects: readonly Pick<ManifestObject, 'kind' | 'metadata'>[]): string {
  return `kubectl delete ${objects.map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`).join(' ')}`;
}

/** The manifest as a file for `kubectl apply`. */
export function manifestYaml(objects: readonly ManifestObject[]): string {
  return objects.map((each) => stringify(each, { lineWidth: 0, aliasDuplicateObjects: false })).join('---\n');
}

/** One ClusterRole with just these rules, to be added by a cluster's owner: our aggregated role takes it up by label. */
export function missingRulesYaml(role: 'inventory' | Rung, rules: readonly PolicyRule[]): string {
  const name = `quarterdeck-${role}-extra`;
  return manifestYaml([clusterRole(name, rules, { [aggregateLabel(role)]: 'true' })]);
}

/** `kubectl` lines for a person whose credential we cannot use. */
export function manualSteps(context?: string): { applyCommand: string; tokenCommand: string } {
  const kubectl = context === undefined ? 'kubectl' : `kubectl --context ${quoted(context)}`;
  return {
    applyCommand: `${kubectl} apply --server-side -f quarterdeck-onboarding.yaml`,
    tokenCommand: `${kubectl} -n ${names.namespace} get secret ${names.tokenSecret} -o jsonpath='{.data.token}' | base64 -d`,
  };
}

function quoted(word: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function aggregateLabel(role: string): string {
  return `quarterdeck.dev/aggregate-to-${role}`;
}

/**
 * An aggregated role and the role with our rules that feeds it, so that a cluster's owner adds rights for a new CRD
 * by one labelled ClusterRole. `into`: the next rung, which takes this one up whole.
 */
function aggregatedRole(
  role: string,
  rules: readonly PolicyRule[],
  alsoFrom: readonly string[] = [],
  into?: string,
): ManifestObject[] {
  const selectors = [aggregateLabel(role), ...alsoFrom];
  return [
    clusterRole(`quarterdeck-${role}-base`, rules, { [aggregateLabel(role)]: 'true' }),
    {
      ...object(
        `${rbac}/v1`,
        'ClusterRole',
        `quarterdeck-${role}`,
        into === undefined ? {} : { [aggregateLabel(into)]: 'true' },
      ),
      aggregationRule: { clusterRoleSelectors: selectors.map((label) => ({ matchLabels: { [label]: 'true' } })) },
    },
  ];
}

/**
 * RBAC cannot say "metadata only", so the right to read Secrets stands in a role of its own: an owner may leave it out,
 * and the inventory then has everything but Secrets.
 */
function inventoryRoles(kinds: readonly InventoryKind[]): ManifestObject[] {
  const isSecret = ({ group, resource }: InventoryKind) => group === '' && resource === 'secrets';
  const secrets = [{ apiGroups: [''], resources: ['secrets'], verbs: read }];
  return [
    ...aggregatedRole('inventory', inventoryRules(kinds.filter((kind) => !isSecret(kind))), [
      `${rbac}/aggregate-to-view`,
    ]),
    ...(kinds.some(isSecret)
      ? [clusterRole(`${names.inventory}-secrets`, secrets, { [aggregateLabel('inventory')]: 'true' })]
      : []),
  ];
}

const ownTokenRule: PolicyRule = {
  apiGroups: [''],
  resources: ['serviceaccounts/token'],
  resourceNames: [names.serviceAccount],
  verbs: ['create'],
};

/** Lets background work renew the token of our own ServiceAccount, and of no other. */
function tokenRenewal(): ManifestObject[] {
  const name = 'quarterdeck-token-renewal';
  return [
    {
      ...object(`${rbac}/v1`, 'Role', name, {}, names.namespace),
      rules: [ownTokenRule],
    },
    {
      ...object(`${rbac}/v1`, 'RoleBinding', name, {}, names.namespace),
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [group(workersGroup)],
    },
  ];
}

function tokenSecret(): ManifestObject {
  const secret = object('v1', 'Secret', names.tokenSecret, {}, names.namespace);
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations: { 'kubernetes.io/service-account.name': names.serviceAccount } },
    type: 'kubernetes.io/service-account-token',
  };
}

function object(
  apiVersion: string,
  kind: ManifestObject['kind'],
  name: string,
  labels: Record<string, string> = {},
  namespace?: string,
): ManifestObject {
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { 'app.kubernetes.io/managed-by': 'quarterdeck', ...labels },
    },
  };
}

function clusterRole(name: string, rules: readonly PolicyRule[], labels?: Record<string, string>): ManifestObject {
  return { ...object(`${rbac}/v1`, 'ClusterRole', name, labels), rules: [...rules] };
}

function clusterRoleBinding(name: string, role: string, subject: object): ManifestObject {
  return {
    ...object(`${rbac}/v1`, 'ClusterRoleBinding', name),
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [subject],
  };
}

function group(name: string) {
  return { apiGroup: rbac, kind: 'Group', name };
}
