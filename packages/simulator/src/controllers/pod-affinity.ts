import { matchesSelector } from '../objects/selectors.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';

/** Pods that are on nodes, with their node. */
export type Placed = readonly { pod: KubeObject; node: KubeObject }[];

/** A reason against a node; `isFinal` where no pod that goes would help. */
export type Obstacle = { reason: string; isFinal: boolean };

const required = 'requiredDuringSchedulingIgnoredDuringExecution';

function termsOf(pod: KubeObject, which: 'podAffinity' | 'podAntiAffinity'): Json[] {
  return listOf(at(pod, 'spec', 'affinity', which, required));
}

/**
 * What pods that are there already say against a node, by the affinities between pods.
 * @returns a question to be asked of each node
 */
export function affinityBetweenPods(
  store: ObjectStore,
  pod: KubeObject,
  placed: Placed,
): (node: KubeObject) => Obstacle | undefined {
  const means = (term: Json, owner: KubeObject, other: KubeObject) => isMeant(store, term, owner, other);
  const wanted = termsOf(pod, 'podAffinity').map((term) => domains(term, placed, (other) => means(term, pod, other)));
  const unwanted = termsOf(pod, 'podAntiAffinity').map((term) =>
    domains(term, placed, (other) => means(term, pod, other)),
  );
  const kept = placed.flatMap(({ pod: other, node }) =>
    termsOf(other, 'podAntiAffinity')
      .filter((term) => means(term, other, pod))
      .map((term) => domains(term, [{ pod: other, node }], () => true)),
  );
  // The first of a series that wants to be with its like may go anywhere.
  const isFirst =
    wanted.every(({ values }) => values.size === 0) &&
    termsOf(pod, 'podAffinity').every((term) => means(term, pod, pod));

  return (node) => {
    const label = (key: string) => node.metadata.labels?.[key];
    const isNear = wanted.every(({ key, values }) => {
      const value = label(key);
      return value !== undefined && (isFirst || values.has(value));
    });
    if (!isNear) return { reason: "node(s) didn't match pod affinity rules", isFinal: true };
    const meets = ({ key, values }: Domains) => values.has(label(key) ?? '\0');
    if (unwanted.some(meets)) return { reason: "node(s) didn't match pod anti-affinity rules", isFinal: false };
    if (kept.some(meets)) return { reason: "node(s) didn't satisfy existing pods anti-affinity rules", isFinal: false };
    return undefined;
  };
}

/** Where pods are, by the label that a term counts places with. */
type Domains = { key: string; values: Set<string> };

function domains(term: Json, placed: Placed, isCounted: (pod: KubeObject) => boolean): Domains {
  const key = textOf(term.topologyKey);
  const values = placed.filter(({ pod }) => isCounted(pod)).flatMap(({ node }) => node.metadata.labels?.[key] ?? []);
  return { key, values: new Set(values) };
}

/** Whether a term of one pod speaks of another: its labels, in its namespaces. */
function isMeant(store: ObjectStore, term: Json, owner: KubeObject, other: KubeObject): boolean {
  if (!matchesSelector(other.metadata.labels, term.labelSelector)) return false;
  const { namespace } = other.metadata;
  const names = Array.isArray(term.namespaces) ? term.namespaces : [];
  if (names.includes(namespace)) return true;
  if (term.namespaceSelector === undefined) return names.length === 0 && namespace === owner.metadata.namespace;
  const found = store.get(known.namespaces, undefined, namespace ?? '');
  return matchesSelector(found?.metadata.labels, term.namespaceSelector);
}
