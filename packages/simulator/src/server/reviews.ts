import type { Authorizer, Question, User } from '../access/rbac.ts';
import type { Tokens } from '../access/tokens.ts';
import { at, type Json, objectOf, textOf } from '../objects/types.ts';

/** Questions that are posted and answered at once; nothing of them is stored. */
export const reviewKinds = [
  { group: 'authentication.k8s.io', plural: 'selfsubjectreviews', kind: 'SelfSubjectReview' },
  { group: 'authentication.k8s.io', plural: 'tokenreviews', kind: 'TokenReview' },
  { group: 'authorization.k8s.io', plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' },
  { group: 'authorization.k8s.io', plural: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview' },
  { group: 'authorization.k8s.io', plural: 'subjectaccessreviews', kind: 'SubjectAccessReview' },
] as const;

export type ReviewDeps = { authorizer: Authorizer; tokens: Tokens; now: () => Date };

/** Answers a review. @param user who asks, which the reviews of oneself are about */
export function review({ authorizer, tokens, now }: ReviewDeps, resource: string, body: Json, user: User): Json {
  const spec = objectOf(body.spec);
  switch (resource) {
    case 'selfsubjectreviews':
      return { ...body, metadata: { creationTimestamp: now().toISOString() }, status: { userInfo: infoOf(user) } };
    case 'tokenreviews': {
      const owner = tokens.userOf(textOf(spec.token));
      const groups = [...new Set([...(owner?.groups ?? []), 'system:authenticated'])];
      const status = owner === undefined ? { user: {} } : { authenticated: true, user: infoOf({ ...owner, groups }) };
      return { ...body, metadata: {}, status };
    }
    case 'selfsubjectrulesreviews':
      return { ...body, metadata: {}, status: rulesOf(authorizer.rulesOf(user, textOf(spec.namespace))) };
    case 'subjectaccessreviews': {
      const groups = Array.isArray(spec.groups) ? spec.groups.map(String) : [];
      const allowed = authorizer.allows({ name: textOf(spec.user), groups }, askedBy(spec));
      return { ...body, metadata: {}, status: { allowed } };
    }
    default:
      return { ...body, metadata: {}, status: { allowed: authorizer.allows(user, askedBy(spec)) } };
  }
}

function infoOf({ name, uid, groups, extra }: User): Json {
  return { username: name, uid, groups, extra };
}

function rulesOf(rules: readonly Json[]): Json {
  const isUrl = (rule: Json) => Array.isArray(rule.nonResourceURLs) && rule.nonResourceURLs.length > 0;
  return {
    resourceRules: rules.filter((rule) => !isUrl(rule)),
    nonResourceRules: rules.filter(isUrl),
    incomplete: false,
  };
}

function askedBy(spec: Json): Question {
  const path = at(spec, 'nonResourceAttributes', 'path');
  if (path !== undefined) return { verb: textOf(at(spec, 'nonResourceAttributes', 'verb')), path: textOf(path) };
  const asked = objectOf(spec.resourceAttributes);
  const optional = (field: string) => (textOf(asked[field]) === '' ? {} : { [field]: textOf(asked[field]) });
  return {
    verb: textOf(asked.verb),
    group: textOf(asked.group),
    resource: textOf(asked.resource),
    ...optional('namespace'),
    ...optional('name'),
    ...optional('subresource'),
  };
}
