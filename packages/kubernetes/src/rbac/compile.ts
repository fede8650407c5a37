import { type Json, objectOf, objectsOf } from '../projection/values.ts';
import { groupSubject, type RbacObject, type RbacRule, type RoleKind, userSubject } from './policy.ts';

/** The rules of a role as they stand. A rule with something in it that cannot be read allows less, never more. */
export function rulesOf(role: Json): RbacRule[] {
  return objectsOf(role.rules).flatMap((rule) => {
    const resourceNames = wordsOf(rule.resourceNames);
    // Names that were all unreadable must not become a rule without names.
    if (resourceNames.length === 0 && Array.isArray(rule.resourceNames) && rule.resourceNames.length > 0) return [];
    return [
      {
        verbs: wordsOf(rule.verbs),
        apiGroups: wordsOf(rule.apiGroups),
        resources: wordsOf(rule.resources),
        resourceNames,
      },
    ];
  });
}

/** A role with what decides over rows: to get or list whole objects. Writes and subresources show none. */
export function compileRole(kind: RoleKind, role: Json): RbacObject {
  const rules = rulesOf(role)
    .map((rule) => ({
      ...rule,
      verbs: rule.verbs.filter((verb) => verb === 'get' || verb === 'list' || verb === '*'),
      resources: rule.resources.filter((resource) => !resource.includes('/')),
    }))
    .filter(({ verbs, apiGroups, resources }) => [verbs, apiGroups, resources].every((words) => words.length > 0));
  return { kind, rules };
}

export function compileBinding(kind: 'role_binding' | 'cluster_role_binding', object: Json): RbacObject {
  const namespace = kind === 'role_binding' ? wordOf(objectOf(object.metadata).namespace) : undefined;
  const ref = objectOf(object.roleRef);
  const isRole = ref.kind === 'Role' && kind === 'role_binding';
  const isKnown = isRole || ref.kind === 'ClusterRole';
  const subjects = objectsOf(object.subjects).flatMap((subject) => subjectOf(subject, namespace));
  return {
    kind,
    subjects: isKnown ? [...new Set(subjects)] : [],
    roleKind: isRole ? 'role' : 'cluster_role',
    roleName: wordOf(ref.name) ?? '',
  };
}

function subjectOf(subject: Json, bindingNamespace: string | undefined): string[] {
  const name = wordOf(subject.name);
  if (name === undefined) return [];
  if (subject.kind === 'User') return [userSubject(name)];
  if (subject.kind === 'Group') return [groupSubject(name)];
  const namespace = wordOf(subject.namespace) || bindingNamespace;
  if (subject.kind !== 'ServiceAccount' || !namespace) return [];
  return [userSubject(`system:serviceaccount:${namespace}:${name}`)];
}

function wordsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((word) => wordOf(word) ?? []) : [];
}

/**
 * A text as it is. One that PostgreSQL cannot hold is left out, never mended: mended it could become the name of somebody
 * else.
 */
function wordOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.isWellFormed() && !value.includes('\u0000') ? value : undefined;
}
