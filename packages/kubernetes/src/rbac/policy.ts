/** A rule of a role. Empty `resourceNames`: every name. */
export type RbacRule = {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** Plurals, with a subresource behind a slash. */
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
};

export type RoleKind = 'role' | 'cluster_role';

/** A role or a binding, reduced to what decides. Subjects are texts of `userSubject` and `groupSubject`. */
export type RbacObject =
  | { readonly kind: RoleKind; readonly rules: readonly RbacRule[] }
  | {
      readonly kind: 'role_binding' | 'cluster_role_binding';
      readonly subjects: readonly string[];
      readonly roleKind: RoleKind;
      readonly roleName: string;
    };

/** `namespace` is empty for cluster-scoped kinds. */
export type NamedRbacObject = RbacObject & { readonly namespace: string; readonly name: string };

/** Who asks: a user and the groups that are sent with it. */
export type Asker = { readonly user: string; readonly groups: readonly string[] };

/** Rules that somebody holds in a namespace, or with an empty one in the whole cluster. */
export type RbacGrant = { readonly namespace: string; readonly rules: readonly RbacRule[] };

/** Bindings with the rules of their roles looked up. */
export type RbacPolicy = readonly (RbacGrant & { readonly subjects: readonly string[] })[];

/** Every request that proved who it is carries this group. */
const authenticated = 'system:authenticated';

export function userSubject(name: string): string {
  return `u:${name}`;
}

export function groupSubject(name: string): string {
  return `g:${name}`;
}

/** What a binding may name to mean this asker. */
export function subjectsOf({ user, groups }: Asker): Set<string> {
  return new Set([userSubject(user), ...[...groups, authenticated].map(groupSubject)]);
}

/**
 * Joins bindings with their roles. A binding whose role is missing gives nothing; one to a ClusterRole gives its rules in
 * the binding's own namespace. Aggregated roles are read from the rules that the cluster put together.
 */
export function joinPolicy(objects: Iterable<NamedRbacObject>): RbacPolicy {
  const roles = new Map<string, readonly RbacRule[]>();
  const bindings: (Extract<RbacObject, { roleName: string }> & { namespace: string })[] = [];
  for (const object of objects) {
    if ('rules' in object) roles.set(roleKey(object.kind, object.namespace, object.name), object.rules);
    else bindings.push(object);
  }
  return bindings.flatMap(({ namespace, subjects, roleKind, roleName }) => {
    const rules = roles.get(roleKey(roleKind, roleKind === 'role' ? namespace : '', roleName)) ?? [];
    return rules.length === 0 ? [] : [{ namespace, subjects, rules }];
  });
}

function roleKey(kind: RoleKind, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** What the bindings give this asker. */
export function grantsOf(policy: RbacPolicy, asker: Asker): RbacGrant[] {
  const mine = subjectsOf(asker);
  return policy.filter(({ subjects }) => subjects.some((subject) => mine.has(subject)));
}
