import { matchesExpression, matchesMap } from '../objects/selectors.ts';
import { at, type Json, type KubeObject, listOf } from '../objects/types.ts';

/** Why a pod may not be on a node whatever room there is: cordon, taints, selector, affinity. */
export function placementObstacle(node: KubeObject, pod: Json): string | undefined {
  if (at(node, 'spec', 'unschedulable') === true && !toleratesCordon(pod)) return 'node(s) were unschedulable';
  if (isTainted(node, pod)) return 'node(s) had untolerated taint(s)';
  return isChosen(node, pod) ? undefined : "node(s) didn't match Pod's node affinity/selector";
}

/** Whether the node is one that the pod's selector and node affinity name. */
export function isChosen(node: KubeObject, pod: Json): boolean {
  return matchesMap(node.metadata.labels, at(pod, 'spec', 'nodeSelector')) && hasAffinity(node, pod);
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

/** Whether a taint keeps the pod away. */
export function isTainted(node: KubeObject, pod: Json): boolean {
  const tolerations = listOf(at(pod, 'spec', 'tolerations'));
  return listOf(at(node, 'spec', 'taints')).some(
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

/** A pod that may be where nothing new goes, such as one of a DaemonSet. */
function toleratesCordon(pod: Json): boolean {
  return listOf(at(pod, 'spec', 'tolerations')).some(
    ({ key, operator }) => operator === 'Exists' && (key === undefined || key === 'node.kubernetes.io/unschedulable'),
  );
}
