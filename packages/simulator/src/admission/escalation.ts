import type { Authorizer, User } from '../access/rbac.ts';
import { ApiError, forbiddenObject } from '../objects/api-error.ts';
import { type Kind, qualified } from '../objects/kinds.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';

/**
 * Nobody grants by a role or a binding what they do not hold, unless they may `escalate` or `bind` it.
 * @throws ApiError 403 with the rules that are not held, 404 for a binding to no role
 */
export function assertNoEscalation(
  deps: { store: ObjectStore; authorizer: Authorizer },
  user: User,
  kind: Kind,
  object: KubeObject,
): void {
  if (kind.group !== known.roles.group || user.groups.includes('system:masters')) return;
  const { authorizer, store } = deps;
  const { namespace, name } = object.metadata;
  const where = namespace === undefined ? {} : { namespace };
  const may = (verb: string, about: Kind, of: string) =>
    authorizer.allows(user, { verb, group: about.group, resource: about.plural, name: of, ...where });
  let rules = listOf(object.rules);
  if (kind === known.roles || kind === known.clusterRoles) {
    if (may('escalate', kind, name)) return;
  } else {
    const roleName = textOf(at(object, 'roleRef', 'name'));
    const roleKind = at(object, 'roleRef', 'kind') === 'Role' ? known.roles : known.clusterRoles;
    if (may('bind', roleKind, roleName)) return;
    const role = store.get(roleKind, roleKind.namespaced ? namespace : undefined, roleName);
    if (role === undefined) {
      const details = { name: roleName, group: kind.group, kind: kind.plural };
      throw new ApiError(404, 'NotFound', `${qualified(kind)} "${roleName}" not found`, details);
    }
    rules = listOf(role.rules);
  }
  const lacking = rules.filter((rule) => !holds(authorizer, user, rule, namespace));
  if (lacking.length === 0) return;
  const groups = user.groups.map((group) => `"${group}"`).join(' ');
  throw forbiddenObject(
    kind,
    name,
    `user "${user.name}" (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${lacking.map(words).join('\n')}`,
  );
}

/** Whether every single thing that a rule allows is allowed to the user already. */
function holds(authorizer: Authorizer, user: User, rule: Json, namespace: string | undefined): boolean {
  const where = namespace === undefined ? {} : { namespace };
  const names = list(rule.resourceNames);
  return list(rule.verbs).every(
    (verb) =>
      list(rule.nonResourceURLs).every((path) => authorizer.allows(user, { verb, path })) &&
      list(rule.apiGroups).every((group) =>
        list(rule.resources).every((full) => {
          const [resource = '', subresource] = full.split('/');
          const question = { verb, group, resource, ...(subresource === undefined ? {} : { subresource }), ...where };
          return (names.length === 0 ? [undefined] : names).every((name) =>
            authorizer.allows(user, { ...question, ...(name === undefined ? {} : { name }) }),
          );
        }),
      ),
  );
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function words(rule: Json): string {
  const parts: [string, unknown][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['ResourceNames', rule.resourceNames],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['Verbs', rule.verbs],
  ];
  return `{${parts
    .filter(([, value]) => list(value).length > 0)
    .map(
      ([name, value]) =>
        `${name}:[${list(value)
          .map((each) => `"${each}"`)
          .join(' ')}]`,
    )
    .join(', ')}}`;
}
