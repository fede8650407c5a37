import type { Permission } from '@quarterdeck/contracts';
import { toUuid } from '../../platform/ids.ts';
import type { PermissionTarget } from '../../platform/principal.ts';

/** A namespace of a cluster that the rules of an environment took; ids are uuids. */
export type OwnedPlace = { cluster: string; namespace: string; project: string; environment: string };

/** All that grants select by, as one process last read it: places and roles. Ids are uuids. */
export type Terrain = {
  readonly roles: ReadonlyMap<string, ReadonlySet<Permission>>;
  /** Labels by cluster. */
  readonly clusters: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** Clusters where no group of ours reaches further than a project's namespaces. */
  readonly strict: ReadonlySet<string>;
  /** Clusters where people are users of their own names. */
  readonly named: ReadonlySet<string>;
  /** By cluster, then namespace. */
  readonly namespaces: ReadonlyMap<string, ReadonlyMap<string, OwnedPlace>>;
  /** Project by environment. */
  readonly environments: ReadonlyMap<string, string>;
  readonly projects: ReadonlyMap<string, { archived: boolean }>;
  /** By cluster, then project: the number in its groups there. */
  readonly numbers: ReadonlyMap<string, ReadonlyMap<string, number>>;
};

/** A target with its owner looked up. `labels` are those of the cluster, where there is one. */
export type ResolvedTarget = {
  cluster?: string;
  namespace?: string;
  project?: string;
  environment?: string;
  labels?: Readonly<Record<string, string>>;
};

/**
 * Who owns a target. A namespace's project and environment are what the rules say, an environment's project is that of
 * its row; words of a request that say otherwise make the target nobody's: `undefined`, which is denied.
 */
export function resolve(terrain: Terrain, target: PermissionTarget): ResolvedTarget | undefined {
  const cluster = uuidOf(target.clusterId);
  let project = uuidOf(target.projectId);
  let environment = uuidOf(target.environmentId);
  if (target.namespace !== undefined) {
    if (cluster === undefined) return undefined;
    const owner = terrain.namespaces.get(cluster)?.get(target.namespace);
    if (project !== undefined && project !== owner?.project) return undefined;
    if (environment !== undefined && environment !== owner?.environment) return undefined;
    project = owner?.project;
    environment = owner?.environment;
  } else if (environment !== undefined) {
    const owner = terrain.environments.get(environment);
    if (owner === undefined || (project !== undefined && project !== owner)) return undefined;
    project = owner;
  }
  const labels = cluster === undefined ? undefined : terrain.clusters.get(cluster);
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...(project === undefined ? {} : { project }),
    ...(environment === undefined ? {} : { environment }),
    ...(labels === undefined ? {} : { labels }),
  };
}

function uuidOf(id: string | undefined): string | undefined {
  return id === undefined ? undefined : toUuid(id);
}

/** What an archived project still lets people do: look, and put it in order. */
export function outlivesArchive(permission: Permission): boolean {
  return /:(read|query|logs|export)$/.test(permission) || permission.startsWith('access:');
}
