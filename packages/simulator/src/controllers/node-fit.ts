import { matchesExpression, matchesMap } from '../objects/selectors.ts';
import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';

/** Why a pod may not be on a node whatever room there is: selector, affinity, taints. */
export function placementObstacle(node: KubeObject, pod: Json): string | undefined {
  if (!matchesMap(node.metadata.labels, at(pod, 'spec', 'nodeSelector')) || !hasAffinity(node, pod))
    return "node(s) didn't match Pod's node affinity/selector";
  const taint = untolerated(node, pod);
  return taint === undefined
    ? undefined
    : `node(s) had untolerated taint {${textOf(taint.key)}: ${textOf(taint.value)}}`;
}

/** One of the terms must hold, with all that is in it. */
function hasAffinity(node: KubeObject, pod: Json): boolean {
  const required = at(pod, 'spec', 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  if (required === undefined) return true;
  return listOf(at(required, 'nodeSelectorTerms')).some(
    ({ matchExpressions, matchFields }) =>
      listOf(matchExpressions).every((each) => matchesExpression(node.metadata.labels, each)) &&
      listOf(matchFields).every((each) => matchesExpression({ 'metadata.name': node.metadata.name }, each)),
  );
}

/** A taint that keeps the pod away. */
function untolerated(node: KubeObject, pod: Json): Json | undefined {
  const tolerations = listOf(at(pod, 'spec', 'tolerations'));
  return listOf(at(node, 'spec', 'taints')).find(
    ({ key, value, effect }) =>
      effect !== 'PreferNoSchedule' &&
      !tolerations.some(
        (each) =>
          (each.effect === undefined || each.effect === effect) &&
          (each.operator === 'Exists'
            ? each.key === undefined || each.key === key
            : each.key === key && (each.value ?? '') === (value ?? '')),
      ),
  );
}
