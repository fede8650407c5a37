import type { Permission } from '@quarterdeck/contracts';
import { decide, type Rights } from './rights.ts';
import type { OwnedPlace, ResolvedTarget, Terrain } from './terrain.ts';
import { type Limits, limitsAllow } from './token-limits.ts';

/**
 * Where a principal holds a permission: the one thing that every list, count, search and live view narrows by.
 * Ids are uuids. Without `fleet`, a row is visible when it is in one of the others.
 */
export type VisibleScope = {
  /** Everywhere, without limits: no condition is needed. */
  readonly fleet: boolean;
  /** Clusters with all that is in them. */
  readonly clusters: readonly string[];
  readonly projects: readonly string[];
  /** Environments, those of the projects above among them. */
  readonly environments: readonly string[];
  /** Namespaces in clusters that are not in `clusters`. */
  readonly namespaces: readonly OwnedNamespaceRef[];
};

export type OwnedNamespaceRef = { readonly cluster: string; readonly namespace: string };

const everywhere: VisibleScope = { fleet: true, clusters: [], projects: [], environments: [], namespaces: [] };

/** Asks the check itself about every place, so that a list cannot show what a look at one object would refuse. */
export function visibleScopeOf(
  rights: Rights,
  terrain: Terrain,
  limits: Limits | undefined,
  permission: Permission,
): VisibleScope {
  const holds = (target: ResolvedTarget | 'fleet') =>
    limitsAllow(limits, permission, target) && decide(rights, terrain, permission, target) !== undefined;
  if (holds('fleet')) return everywhere;
  if (decide(rights, terrain, permission, 'any') === undefined) return { ...everywhere, fleet: false };
  const clusters = [...terrain.clusters]
    .filter(([cluster, labels]) => holds({ cluster, labels }))
    .map(([cluster]) => cluster);
  const whole = new Set(clusters);
  const namespaces: OwnedNamespaceRef[] = [];
  for (const [cluster, labels] of terrain.clusters) {
    if (whole.has(cluster)) continue;
    for (const place of candidates(terrain, limits, cluster)) {
      if (holds({ ...place, labels })) namespaces.push({ cluster, namespace: place.namespace });
    }
  }
  return {
    fleet: false,
    clusters,
    projects: [...terrain.projects.keys()].filter((project) => holds({ project })),
    environments: [...terrain.environments]
      .filter(([environment, project]) => holds({ environment, project }))
      .map(([environment]) => environment),
    namespaces,
  };
}

/** Namespaces that somebody owns, and those a token names itself. */
function candidates(terrain: Terrain, limits: Limits | undefined, cluster: string) {
  const owned: ReadonlyMap<string, OwnedPlace> = terrain.namespaces.get(cluster) ?? new Map();
  const named = [...(limits?.namespaces ?? [])].filter((namespace) => !owned.has(namespace));
  return [...owned.values(), ...named.map((namespace) => ({ cluster, namespace }))];
}

/**
 * A condition for rows that belong to a project, and perhaps to an environment. Its values are pushed to `values`.
 * @param columns SQL of uuid columns
 */
export function tenantCondition(
  scope: VisibleScope,
  columns: { project: string; environment?: string },
  values: unknown[],
): string {
  if (scope.fleet) return 'true';
  values.push(columns.environment === undefined ? scope.projects : scope.environments);
  return `${columns.environment ?? columns.project} = ANY($${values.length}::uuid[])`;
}

/** Nothing at all is visible: a list may answer without asking. */
export function isEmptyScope(scope: VisibleScope): boolean {
  return (
    !scope.fleet &&
    [scope.clusters, scope.projects, scope.environments, scope.namespaces].every((places) => places.length === 0)
  );
}
