import type { AskedKind } from './cluster-sight.ts';

/** An object of Kubernetes' RBAC, without `apiVersion`. */
export type RbacManifest = Readonly<Record<string, unknown>> & {
  kind: 'Role' | 'ClusterRole' | 'RoleBinding' | 'ClusterRoleBinding';
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
};

/** Made-up roles and bindings, those who ask, and the rows they ask for. The same seed gives the same world. */
export type RbacWorld = {
  seed: number;
  prefix: string;
  namespaces: readonly string[];
  objects: readonly RbacManifest[];
  /** Groups that somebody carries. */
  askers: readonly (readonly string[])[];
  /** Row names: of cluster-scoped kinds and of each namespace of the others. */
  names: readonly string[];
};

export type WorldSize = { namespaces: number; roles: number; bindings: number; askers: number; names: number };

export const probedKinds: readonly AskedKind[] = [
  { id: 'pods', group: '', resource: 'pods', namespaced: true },
  { id: 'services', group: '', resource: 'services', namespaced: true },
  { id: 'deployments', group: 'apps', resource: 'deployments', namespaced: true },
  { id: 'nodes', group: '', resource: 'nodes', namespaced: false },
  { id: 'namespaces', group: '', resource: 'namespaces', namespaced: false },
];

export const worldLabel = 'rbac.quarterdeck.test/world';
const resources = ['pods', 'services', 'deployments', 'nodes', 'namespaces', 'pods/log', 'deployments/scale', '*/log'];

/** Random numbers of a seed (mulberry32), and choices by them. */
export function createDice(seed: number) {
  let state = seed >>> 0;
  const roll = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(roll() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const some = <T>(list: readonly T[], most: number): T[] => {
    const taken = new Set<T>();
    for (let left = 1 + below(most); left > 0; left -= 1) taken.add(pick(list));
    return [...taken];
  };
  return { below, pick, some, chance: (share: number) => roll() < share };
}

type Dice = ReturnType<typeof createDice>;

export function makeWorld(seed: number, size: WorldSize): RbacWorld {
  const dice = createDice(seed);
  const prefix = `w${seed}`;
  const count = (length: number, name: string) => Array.from({ length }, (_, index) => `${prefix}-${name}-${index}`);
  const namespaces = count(size.namespaces, 'ns');
  const names = Array.from({ length: size.names }, (_, index) => `row-${index}`);
  const groups = count(Math.max(4, Math.ceil(size.bindings / 4)), 'group');
  const roles = makeRoles(dice, size.roles, { prefix, namespaces, names });
  const bindings = Array.from({ length: size.bindings }, (_, index) =>
    makeBinding(dice, `${prefix}-binding-${index}`, { namespaces, groups, roles }),
  );
  const label = (object: RbacManifest): RbacManifest => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, [worldLabel]: prefix } },
  });
  return {
    seed,
    prefix,
    namespaces,
    names,
    objects: [...roles, ...bindings].map(label),
    askers: Array.from({ length: size.askers }, () => ['quarterdeck:members', ...dice.some(groups, 3)]),
  };
}

/** A world after somebody changed it: some bindings are gone, some roles allow something else. */
export function changeWorld(world: RbacWorld, seed: number): RbacWorld {
  const dice = createDice(seed);
  const rulesOf = () => makeRules(dice, [...world.names, ...world.namespaces]);
  const objects = world.objects.flatMap((object) => {
    if ('subjects' in object) return dice.chance(0.2) ? [] : [object];
    const isAggregated = 'aggregationRule' in object;
    return [!isAggregated && dice.chance(0.3) ? { ...object, rules: rulesOf() } : object];
  });
  return { ...world, seed, objects };
}

function makeRules(dice: Dice, names: readonly string[]) {
  return Array.from({ length: 1 + dice.below(2) }, () => ({
    verbs: dice.chance(0.1) ? ['*'] : dice.some(['get', 'list', 'get', 'list', 'watch', 'delete'], 3),
    apiGroups: dice.chance(0.15) ? ['*'] : dice.some(['', '', 'apps', 'batch'], 3),
    resources: dice.chance(0.1) ? ['*'] : dice.some(resources, 4),
    ...(dice.chance(0.4) ? { resourceNames: dice.some(names, 3) } : {}),
  }));
}

type Terrain = { prefix: string; namespaces: readonly string[]; names: readonly string[] };

/** Plain and aggregated ClusterRoles, and Roles with names that a ClusterRole has, too. */
function makeRoles(dice: Dice, count: number, { prefix, namespaces, names }: Terrain): RbacManifest[] {
  const every = [...names, ...namespaces];
  return Array.from({ length: count }, (_, index): RbacManifest => {
    const name = `${prefix}-role-${index % Math.ceil(count * 0.8)}`;
    if (index >= count * 0.8 || dice.chance(0.25)) {
      return {
        kind: 'Role',
        metadata: { name, namespace: dice.pick(namespaces) },
        rules: makeRules(dice, every),
      };
    }
    const label = `rbac.quarterdeck.test/${prefix}-into`;
    if (dice.chance(0.15)) {
      const matchLabels = { [label]: String(dice.below(3)) };
      return { kind: 'ClusterRole', metadata: { name }, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } };
    }
    const labels = dice.chance(0.3) ? { [label]: String(dice.below(3)) } : {};
    return { kind: 'ClusterRole', metadata: { name, labels }, rules: makeRules(dice, every) };
  });
}

function makeBinding(
  dice: Dice,
  name: string,
  {
    namespaces,
    groups,
    roles,
  }: { namespaces: readonly string[]; groups: readonly string[]; roles: readonly RbacManifest[] },
): RbacManifest {
  const apiGroup = 'rbac.authorization.k8s.io';
  const role = dice.pick(roles);
  const subjects = dice.some(groups, 2).map((group) => ({ apiGroup, kind: 'Group', name: group }));
  const others = [
    { apiGroup, kind: 'User', name: 'quarterdeck:person' },
    { apiGroup, kind: 'User', name: dice.pick(groups) },
    { kind: 'ServiceAccount', name: 'robot', namespace: dice.pick(namespaces) },
  ];
  const named = dice.chance(0.1) ? [...subjects, dice.pick(others.slice(1))] : subjects;
  const toRole = role.kind === 'Role';
  if (!toRole && dice.chance(0.2)) {
    const roleRef = { apiGroup, kind: 'ClusterRole', name: role.metadata.name };
    return { kind: 'ClusterRoleBinding', metadata: { name }, roleRef, subjects: named };
  }
  // Now and then to a role of that name that lives elsewhere, or nowhere.
  const home = role.metadata.namespace;
  const namespace = home !== undefined && dice.chance(0.8) ? home : dice.pick(namespaces);
  return {
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup, kind: toRole ? 'Role' : 'ClusterRole', name: role.metadata.name },
    subjects: dice.chance(0.03) ? [...named, others[0]] : named,
  };
}
