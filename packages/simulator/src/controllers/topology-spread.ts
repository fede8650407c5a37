import { matchesSelector } from '../objects/selectors.ts';
import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { isChosen, isTainted } from './node-fit.ts';
import type { Obstacle, Placed } from './pod-affinity.ts';

/** How evenly a pod wants its like to be spread, asked of each node. */
export type Spread = {
  obstacle(node: KubeObject): Obstacle | undefined;
  /** How crowded a node's place is by the wishes that are no conditions; more is worse. */
  crowd(node: KubeObject): number;
};

type Constraint = {
  key: string;
  maxSkew: number;
  minDomains: number;
  isWish: boolean;
  /** Whether the pod itself is counted by it. */
  isOwn: boolean;
  /** Pods in each place. */
  counts: Map<string, number>;
};

const unmet = "node(s) didn't match pod topology spread constraints";

export function spreadOf(pod: KubeObject, nodes: readonly KubeObject[], placed: Placed): Spread {
  const given = listOf(at(pod, 'spec', 'topologySpreadConstraints'));
  const keys = given
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === 'DoNotSchedule')
    .map((each) => textOf(each.topologyKey));
  const constraints = given.map((each) => constraintOf(each, pod, { nodes, placed, keys }));

  return {
    obstacle(node) {
      for (const { key, maxSkew, minDomains, isWish, isOwn, counts } of constraints) {
        if (isWish) continue;
        const value = node.metadata.labels?.[key];
        if (value === undefined) return { reason: `${unmet} (missing required label)`, isFinal: true };
        const least = counts.size < minDomains ? 0 : Math.min(...counts.values());
        const skew = (counts.get(value) ?? 0) + Number(isOwn) - least;
        if (skew > maxSkew) return { reason: unmet, isFinal: false };
      }
      return undefined;
    },
    crowd: (node) =>
      constraints.reduce((sum, { key, isWish, counts }) => {
        return sum + (isWish ? (counts.get(node.metadata.labels?.[key] ?? '') ?? 0) : 0);
      }, 0),
  };
}

function constraintOf(
  given: Json,
  pod: KubeObject,
  { nodes, placed, keys }: { nodes: readonly KubeObject[]; placed: Placed; keys: readonly string[] },
): Constraint {
  const key = textOf(given.topologyKey);
  const same = Array.isArray(given.matchLabelKeys) ? given.matchLabelKeys.map(String) : [];
  const counts = new Map<string, number>();
  const isCounted = (node: KubeObject) =>
    keys.every((each) => node.metadata.labels?.[each] !== undefined) &&
    (given.nodeAffinityPolicy === 'Ignore' || isChosen(node, pod)) &&
    (given.nodeTaintsPolicy !== 'Honor' || !isTainted(node, pod));
  const isAlike = (other: KubeObject) =>
    matchesSelector(other.metadata.labels, given.labelSelector) &&
    same.every((label) => other.metadata.labels?.[label] === pod.metadata.labels?.[label]);
  for (const node of nodes) {
    const value = node.metadata.labels?.[key];
    if (value !== undefined && isCounted(node)) counts.set(value, 0);
  }
  for (const { pod: other, node } of placed) {
    const value = node.metadata.labels?.[key] ?? '';
    if (other.metadata.namespace !== pod.metadata.namespace || other.metadata.deletionTimestamp !== undefined) continue;
    if (counts.has(value) && isCounted(node) && isAlike(other)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return {
    key,
    maxSkew: Number(given.maxSkew ?? 1),
    minDomains: Number(given.minDomains ?? 1),
    isWish: given.whenUnsatisfiable !== 'DoNotSchedule',
    isOwn: matchesSelector(pod.metadata.labels, given.labelSelector),
    counts,
  };
}
