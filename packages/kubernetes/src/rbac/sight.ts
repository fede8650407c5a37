import { allows, type RbacQuestion } from './evaluate.ts';
import type { RbacGrant, RbacRule } from './policy.ts';

export type SightKind = { readonly group: string; readonly resource: string; readonly namespaced: boolean };

/** Which rows of a kind in a cluster somebody sees. */
export type Sight = {
  /** All of them. */
  readonly whole: boolean;
  /** Namespaces with all rows in them; of the kind `namespaces` those namespaces themselves. */
  readonly namespaces: ReadonlySet<string>;
  /** Single rows, by namespace. */
  readonly named: ReadonlyMap<string, ReadonlySet<string>>;
  /** Single rows by their name alone: in every namespace, or of a kind without namespaces. */
  readonly anywhere: ReadonlySet<string>;
};

export const blind: Sight = { whole: false, namespaces: new Set(), named: new Map(), anywhere: new Set() };

type Row = { namespace: string; name: string };

/**
 * The questions of which one must be allowed for a row to be visible: to list its namespace, or to get it. The API
 * server takes a namespace's own name for the namespace of a request about it, but not of a list.
 */
export function rowQuestions({ group, resource, namespaced }: SightKind, { namespace, name }: Row): RbacQuestion[] {
  const place = namespaced ? { namespace } : {};
  return [
    { verb: 'list', group, resource, ...place },
    { verb: 'get', group, resource, name, ...(isNamespaces({ group, resource }) ? { namespace: name } : place) },
  ];
}

/** `rowQuestions` answered by RBAC. */
export function seesRow(grants: readonly RbacGrant[], kind: SightKind, row: Row): boolean {
  return rowQuestions(kind, row).some((question) => allows(grants, question));
}

/** Every row that `seesRow` allows, as sets: what a list over the rows of the kind narrows by. */
export function sightOf(grants: readonly RbacGrant[], kind: SightKind): Sight {
  const verdictOf = ({ rules }: RbacGrant): Verdict => verdictOn(rules, kind);
  const byPlace = Map.groupBy(grants, (grant) => grant.namespace);
  const wide = (byPlace.get('') ?? []).map(verdictOf);
  if (wide.some(({ lists, gets }) => lists || gets)) return { ...blind, whole: true };
  const anywhere = new Set(wide.flatMap(({ names }) => names));
  if (isNamespaces(kind)) return { ...blind, namespaces: new Set([...anywhere, ...ownOnes(byPlace, verdictOf)]) };
  if (!kind.namespaced) return { ...blind, anywhere };
  const namespaces = new Set<string>();
  const named = new Map<string, ReadonlySet<string>>();
  for (const [namespace, held] of byPlace) {
    if (namespace === '') continue;
    const verdicts = held.map(verdictOf);
    const names = new Set(verdicts.flatMap((verdict) => verdict.names));
    if (verdicts.some(({ lists, gets }) => lists || gets)) namespaces.add(namespace);
    else if (names.size > 0) named.set(namespace, names);
  }
  return { whole: false, namespaces, named, anywhere };
}

/** Namespaces of which a binding in them lets get them. */
function ownOnes(
  byPlace: ReadonlyMap<string, readonly RbacGrant[]>,
  verdictOf: (grant: RbacGrant) => Verdict,
): string[] {
  return [...byPlace]
    .filter(([namespace, held]) => held.map(verdictOf).some(({ gets, names }) => gets || names.includes(namespace)))
    .map(([namespace]) => namespace)
    .filter((namespace) => namespace !== '');
}

/** What rules let somebody read of a kind: to list it, to get it whatever its name, to get these. */
type Verdict = { lists: boolean; gets: boolean; names: readonly string[] };

/** Rules never change; many bindings, and clusters, share them: they are judged once for each kind. */
const judged = new WeakMap<readonly RbacRule[], Map<string, Verdict>>();

function verdictOn(rules: readonly RbacRule[], kind: SightKind): Verdict {
  const byKind = judged.get(rules) ?? new Map<string, Verdict>();
  judged.set(rules, byKind);
  const key = `${kind.group}/${kind.resource}`;
  const verdict = byKind.get(key) ?? judge(rules, kind);
  byKind.set(key, verdict);
  return verdict;
}

function judge(rules: readonly RbacRule[], { group, resource }: SightKind): Verdict {
  const everywhere = (some: readonly RbacRule[]) => [{ namespace: '', rules: some }];
  const names = new Set(rules.flatMap(({ resourceNames }) => resourceNames));
  return {
    lists: allows(everywhere(rules), { verb: 'list', group, resource }),
    gets: allows(everywhere(rules.filter((rule) => rule.resourceNames.length === 0)), { verb: 'get', group, resource }),
    names: [...names].filter(
      (name) => name !== '' && allows(everywhere(rules), { verb: 'get', group, resource, name }),
    ),
  };
}

export function isNamespaces({ group, resource }: Pick<SightKind, 'group' | 'resource'>): boolean {
  return group === '' && resource === 'namespaces';
}
