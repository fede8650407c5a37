import type { RbacGrant, RbacRule } from './policy.ts';

/** What a SubjectAccessReview asks. Without a namespace the question is about the whole cluster. */
export type RbacQuestion = {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
};

/** Kubernetes' RBAC authorizer: does one of the grants allow this? Nothing denies; what no rule allows is refused. */
export function allows(grants: readonly RbacGrant[], question: RbacQuestion): boolean {
  return grants.some(
    ({ namespace, rules }) =>
      (namespace === '' || namespace === question.namespace) && rules.some((rule) => ruleAllows(rule, question)),
  );
}

function ruleAllows(rule: RbacRule, question: RbacQuestion): boolean {
  return (
    has(rule.verbs, question.verb) &&
    has(rule.apiGroups, question.group) &&
    rule.resources.some((resource) => coversResource(resource, question)) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(question.name ?? ''))
  );
}

function has(list: readonly string[], value: string): boolean {
  return list.includes('*') || list.includes(value);
}

// An asterisk alone covers subresources, too; before a slash it stands for every kind; `pods` covers none of its own.
function coversResource(rule: string, { resource, subresource }: RbacQuestion): boolean {
  if (rule === '*') return true;
  if (subresource === undefined || subresource === '') return rule === resource;
  return rule === `${resource}/${subresource}` || rule === `*/${subresource}`;
}
