import type { Permission, ScopeKind } from '@quarterdeck/contracts';
import { outlivesArchive, type ResolvedTarget, type Terrain } from './terrain.ts';

/** Where a grant holds; ids are uuids. */
export type GrantScope =
  | { kind: 'fleet' }
  | { kind: 'set'; selector: Readonly<Record<string, string>> }
  | { kind: Exclude<ScopeKind, 'fleet' | 'set'>; id: string };

export type HeldGrant = {
  id: string;
  roleId: string;
  scope: GrantScope;
  /** On `performance.now()`: when it expires by the database's clock. */
  deadline: number | undefined;
};

/** What the subjects of a principal hold, by place: the process's copy of rows that SQL would find. */
export type Rights = {
  readonly grants: readonly HeldGrant[];
  readonly byPlace: ReadonlyMap<string, readonly HeldGrant[]>;
  readonly sets: readonly HeldGrant[];
};

export function toRights(grants: readonly HeldGrant[]): Rights {
  const byPlace = new Map<string, HeldGrant[]>();
  const sets: HeldGrant[] = [];
  for (const grant of grants) {
    if (grant.scope.kind === 'set') sets.push(grant);
    else {
      const key = grant.scope.kind === 'fleet' ? 'fleet' : grant.scope.id;
      const there = byPlace.get(key);
      if (there === undefined) byPlace.set(key, [grant]);
      else there.push(grant);
    }
  }
  return { grants, byPlace, sets };
}

/**
 * The check without a query: which grant gives the permission on the target. The same rows and rules as the SQL that
 * changes are checked by; a test compares the two over made-up grants.
 */
export function decide(
  rights: Rights,
  terrain: Terrain,
  permission: Permission,
  target: ResolvedTarget | 'any' | 'fleet',
): HeldGrant | undefined {
  const now = performance.now();
  const gives = (grant: HeldGrant) =>
    (grant.deadline === undefined || grant.deadline > now) && terrain.roles.get(grant.roleId)?.has(permission) === true;
  if (target === 'any') return rights.grants.find(gives);
  if (target !== 'fleet' && isArchived(terrain, target) && !outlivesArchive(permission)) return undefined;
  const fleet = rights.byPlace.get('fleet')?.find(gives);
  if (fleet !== undefined || target === 'fleet') return fleet;
  return (
    rights.byPlace.get(target.cluster ?? '')?.find(gives) ??
    rights.byPlace.get(target.project ?? '')?.find(gives) ??
    rights.byPlace.get(target.environment ?? '')?.find(gives) ??
    rights.sets.find((grant) => selects(grant, target.labels) && gives(grant))
  );
}

function isArchived(terrain: Terrain, { project }: ResolvedTarget): boolean {
  return project !== undefined && terrain.projects.get(project)?.archived === true;
}

function selects({ scope }: HeldGrant, labels: Readonly<Record<string, string>> | undefined): boolean {
  return scope.kind === 'set' && labels !== undefined && matchesSelector(labels, scope.selector);
}

/** Equality of every pair: what `labels @> selector` is in SQL. */
export function matchesSelector(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

/** Every live grant that covers the target, whatever its role gives. */
export function covering(rights: Rights, target: ResolvedTarget): HeldGrant[] {
  const now = performance.now();
  return [
    ...(rights.byPlace.get('fleet') ?? []),
    ...(rights.byPlace.get(target.cluster ?? '') ?? []),
    ...(rights.byPlace.get(target.project ?? '') ?? []),
    ...(rights.byPlace.get(target.environment ?? '') ?? []),
    ...rights.sets.filter((grant) => selects(grant, target.labels)),
  ].filter((grant) => grant.deadline === undefined || grant.deadline > now);
}
