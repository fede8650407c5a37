import { ApiError } from '../objects/api-error.ts';
import { qualified } from '../objects/kinds.ts';
import { matchesMap } from '../objects/selectors.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';

export type User = { name: string; uid?: string; groups: string[]; extra?: Record<string, string[]> };

export type Question =
  | { verb: string; group: string; resource: string; subresource?: string; namespace?: string; name?: string }
  | { verb: string; path: string };

/** Decides by the RBAC objects in the store. */
export interface Authorizer {
  allows(user: User, question: Question): boolean;
  /** All rules that speak for somebody, everywhere and in a namespace. */
  rulesOf(user: User, namespace: string): Json[];
  /** @throws ApiError 403 in the words of Kubernetes */
  assert(user: User, question: Question): void;
}

const { roles, roleBindings, clusterRoles, clusterRoleBindings } = known;

export function createAuthorizer(store: ObjectStore): Authorizer {
  function rulesOf(binding: KubeObject, namespace: string | undefined): Json[] {
    const name = textOf(at(binding, 'roleRef', 'name'));
    const role =
      at(binding, 'roleRef', 'kind') === 'Role'
        ? store.get(roles, namespace, name)
        : store.get(clusterRoles, undefined, name);
    return listOf(role?.rules);
  }

  function allows(user: User, question: Question): boolean {
    if (user.groups.includes('system:masters')) return true;
    const namespace = 'path' in question ? undefined : question.namespace;
    const permits = (binding: KubeObject) =>
      listOf(binding.subjects).some((subject) => isSubject(user, subject, binding.metadata.namespace)) &&
      rulesOf(binding, binding.metadata.namespace).some((rule) => ruleAllows(rule, question));
    if (store.list(clusterRoleBindings).some(permits)) return true;
    return namespace !== undefined && namespace !== '' && store.list(roleBindings, namespace).some(permits);
  }

  function rulesForUser(user: User, namespace: string): Json[] {
    const bindings = [...store.list(clusterRoleBindings), ...store.list(roleBindings, namespace)];
    return bindings
      .filter((each) => listOf(each.subjects).some((subject) => isSubject(user, subject, each.metadata.namespace)))
      .flatMap((each) => rulesOf(each, each.metadata.namespace));
  }

  return {
    allows,
    rulesOf: rulesForUser,
    assert(user, question) {
      if (!allows(user, question)) throw forbidden(user, question);
    },
  };
}

/** Rules of ClusterRoles that others feed by label, joined as the aggregation controller does. */
export function aggregateRoles(store: ObjectStore): void {
  // A role that is itself aggregated may feed another, so the pass repeats until nothing changes.
  for (let pass = 0; pass < 8; pass += 1) {
    const all = store.list(clusterRoles);
    const stale = all.flatMap((role) => {
      const selectors = listOf(at(role, 'aggregationRule', 'clusterRoleSelectors'));
      if (selectors.length === 0) return [];
      const feeding = all.filter(
        (each) => each !== role && selectors.some((selector) => matchesMap(each.metadata.labels, selector.matchLabels)),
      );
      const unique = new Map(feeding.flatMap((each) => listOf(each.rules)).map((rule) => [JSON.stringify(rule), rule]));
      const rules = [...unique.values()];
      return JSON.stringify(rules) === JSON.stringify(role.rules ?? []) ? [] : [{ ...role, rules }];
    });
    if (stale.length === 0) return;
    for (const role of stale) store.put(clusterRoles, role);
  }
}

function isSubject(user: User, subject: Json, bindingNamespace: string | undefined): boolean {
  const name = textOf(subject.name);
  if (subject.kind === 'User') return user.name === name;
  if (subject.kind === 'Group') return user.groups.includes(name);
  return user.name === `system:serviceaccount:${textOf(subject.namespace) || (bindingNamespace ?? '')}:${name}`;
}

function has(list: unknown, value: string): boolean {
  return Array.isArray(list) && (list.includes(value) || list.includes('*'));
}

function ruleAllows(rule: Json, question: Question): boolean {
  if (!has(rule.verbs, question.verb)) return false;
  if ('path' in question) {
    const urls = Array.isArray(rule.nonResourceURLs) ? rule.nonResourceURLs.map(String) : [];
    return urls.some((url) => (url.endsWith('*') ? question.path.startsWith(url.slice(0, -1)) : question.path === url));
  }
  const resource =
    question.subresource === undefined ? question.resource : `${question.resource}/${question.subresource}`;
  const ofEveryKind = question.subresource !== undefined && has(rule.resources, `*/${question.subresource}`);
  if (!has(rule.apiGroups, question.group) || !(has(rule.resources, resource) || ofEveryKind)) return false;
  const names = Array.isArray(rule.resourceNames) ? rule.resourceNames : [];
  return names.length === 0 || names.includes(question.name ?? '');
}

export function forbidden(user: User, question: Question): ApiError {
  if ('path' in question) {
    const message = `forbidden: User ${quoted(user.name)} cannot ${question.verb} path ${quoted(question.path)}`;
    return new ApiError(403, 'Forbidden', message, {});
  }
  const { group, resource, subresource, namespace, name, verb } = question;
  const full = subresource === undefined ? resource : `${resource}/${subresource}`;
  const what = `${qualified({ group, plural: resource })}${name === undefined ? '' : ` ${quoted(name)}`}`;
  const where = namespace ? `in the namespace ${quoted(namespace)}` : 'at the cluster scope';
  const message = `${what} is forbidden: User ${quoted(user.name)} cannot ${verb} resource ${quoted(full)} in API group ${quoted(group)} ${where}`;
  return new ApiError(403, 'Forbidden', message, {
    ...(name === undefined ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  });
}

function quoted(text: string): string {
  return `"${text}"`;
}
