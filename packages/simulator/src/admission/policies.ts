import { ApiError, type InvalidField } from '../objects/api-error.ts';
import { type Kind, qualified } from '../objects/kinds.ts';
import { matchesSelector } from '../objects/selectors.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { compile, ExpressionFault } from './expression.ts';

const codes: Readonly<Record<string, number>> = {
  Invalid: 422,
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
};

/** Expressions of a policy that are not understood. */
export function policyFaults(policy: KubeObject): InvalidField[] {
  return listOf(at(policy, 'spec', 'validations')).flatMap(({ expression }, index) => {
    try {
      compile(textOf(expression));
      return [];
    } catch (error) {
      if (!(error instanceof ExpressionFault)) throw error;
      const why = `Invalid value: ${JSON.stringify(expression)}: compilation failed: ERROR: <input>: ${error.message}`;
      return [{ field: `spec.validations[${index}].expression`, why }];
    }
  });
}

/**
 * Holds an object to the policies that are bound to its place.
 * @throws ApiError 422 unless the policy names another reason
 */
export function assertPolicies(
  store: ObjectStore,
  kind: Kind,
  object: KubeObject,
  before: KubeObject | undefined,
): void {
  for (const binding of store.list(known.policyBindings)) {
    const policy = store.get(known.policies, undefined, textOf(at(binding, 'spec', 'policyName')));
    if (policy === undefined || !denies(binding)) continue;
    const operation = before === undefined ? 'CREATE' : 'UPDATE';
    if (!isAbout(policy, kind, operation) || !isPlace(store, binding, object)) continue;
    for (const validation of listOf(at(policy, 'spec', 'validations'))) {
      const names = { object, oldObject: before ?? null, request: { operation } };
      if (compile(textOf(validation.expression))(names) !== true)
        throw denied(kind, object, policy, binding, validation);
    }
  }
}

function denies(binding: KubeObject): boolean {
  const actions = at(binding, 'spec', 'validationActions');
  return Array.isArray(actions) && actions.includes('Deny');
}

function isAbout(policy: KubeObject, { group, version, plural }: Kind, operation: string): boolean {
  const has = (list: unknown, value: string) => Array.isArray(list) && (list.includes('*') || list.includes(value));
  return listOf(at(policy, 'spec', 'matchConstraints', 'resourceRules')).some(
    (rule) =>
      has(rule.apiGroups, group) &&
      has(rule.apiVersions, version) &&
      has(rule.resources, plural) &&
      has(rule.operations, operation),
  );
}

function isPlace(store: ObjectStore, binding: KubeObject, { metadata }: KubeObject): boolean {
  const selector = at(binding, 'spec', 'matchResources', 'namespaceSelector');
  if (selector === undefined || metadata.namespace === undefined) return true;
  return matchesSelector(store.get(known.namespaces, undefined, metadata.namespace)?.metadata.labels, selector);
}

function denied(
  kind: Kind,
  { metadata }: KubeObject,
  policy: KubeObject,
  binding: KubeObject,
  validation: Json,
): ApiError {
  const { group, plural } = kind;
  const reason = textOf(validation.reason) || 'Invalid';
  const words = textOf(validation.message) || `failed expression: ${textOf(validation.expression)}`;
  const by = `ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;
  const message = `${qualified(kind)} "${metadata.name}" is forbidden: ${by} denied request: ${words}`;
  const details = {
    name: metadata.name,
    ...(group === '' ? {} : { group }),
    kind: plural,
    ...objectOf({ causes: [{ message: `${by} denied request: ${words}` }] }),
  };
  return new ApiError(codes[reason] ?? 422, reason, message, details);
}
