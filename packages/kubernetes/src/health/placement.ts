import { at, list, text } from './json.ts';

/** What keeps a pod from every node, and the words that show it. */
export type Placement = { by: 'taint' | 'affinity'; evidence: string };

/**
 * Which rule keeps a pod away. The scheduler says of each node what comes first, a taint before a selector: where some
 * nodes are tainted, its words name both, whichever is to blame. So the nodes are asked again.
 * @returns `undefined` when some node would take it, or none is known
 */
export function placementOf(pod: unknown, nodes: readonly unknown[]): Placement | undefined {
  if (nodes.length === 0) return undefined;
  const chosen = nodes.filter((node) => isChosen(pod, node));
  const count = `${nodes.length} node${nodes.length === 1 ? '' : 's'}`;
  if (chosen.length === 0) return { by: 'affinity', evidence: `${termOf(pod, nodes)} matches none of ${count}.` };
  const taints = chosen.map((node) => untolerated(pod, node));
  if (taints.some((taint) => taint === undefined)) return undefined;
  const words = [...new Set(taints)].join(', ');
  return { by: 'taint', evidence: `${chosen.length} of ${count} fit, and are tainted: ${words}.` };
}

/** Whether a node is one that the pod's rules and its tolerations let it go to; room is not looked at. */
export function mayGoTo(pod: unknown, node: unknown): boolean {
  return isChosen(pod, node) && untolerated(pod, node) === undefined;
}

function isChosen(pod: unknown, node: unknown): boolean {
  return (
    Object.entries(selectorOf(pod)).every(([key, value]) => labelOf(node, key) === value) && hasAffinity(pod, node)
  );
}

function selectorOf(pod: unknown): Record<string, unknown> {
  return (at(pod, 'spec', 'nodeSelector') ?? {}) as Record<string, unknown>;
}

function labelOf(node: unknown, key: string): unknown {
  return at(node, 'metadata', 'labels', key);
}

function termsOf(pod: unknown): readonly unknown[] {
  const required = ['nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'];
  return list(at(pod, 'spec', 'affinity', ...required));
}

/** One of the terms must hold, with all that is in it. */
function hasAffinity(pod: unknown, node: unknown): boolean {
  const terms = termsOf(pod);
  if (terms.length === 0) return true;
  return terms.some(
    (term) =>
      list(at(term, 'matchExpressions')).every((each) => holds(each, labelOf(node, text(at(each, 'key')) ?? ''))) &&
      list(at(term, 'matchFields')).every((each) => holds(each, at(node, 'metadata', 'name'))),
  );
}

/** One requirement of a selector or an affinity, on the value of its key; `undefined` where there is none. */
export function holds(expression: unknown, value: unknown): boolean {
  const values = list(at(expression, 'values'));
  switch (at(expression, 'operator')) {
    case 'In':
      return values.includes(value);
    case 'NotIn':
      return !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return Number(value) > Number(values[0]);
    case 'Lt':
      return Number(value) < Number(values[0]);
    default:
      return false;
  }
}

/** The part of the pod's choice that no node has; the whole of it where each part has some. */
function termOf(pod: unknown, nodes: readonly unknown[]): string {
  const pairs = Object.entries(selectorOf(pod));
  const lonely = pairs.filter(([key, value]) => !nodes.some((node) => labelOf(node, key) === value));
  const named = (lonely.length > 0 ? lonely : pairs).map(([key, value]) => `${key}=${String(value)}`);
  if (named.length > 0) return `nodeSelector ${named.join(', ')}`;
  const expressions = termsOf(pod).flatMap((term) => list(at(term, 'matchExpressions')));
  const words = expressions.map((each) => {
    const values = list(at(each, 'values')).map(String).join(', ');
    return `${text(at(each, 'key')) ?? ''} ${text(at(each, 'operator')) ?? ''}${values === '' ? '' : ` (${values})`}`;
  });
  return `node affinity ${words.join('; ')}`;
}

/** `key=value:effect` of a taint that the pod does not put up with; a cordon is one, too. */
function untolerated(pod: unknown, node: unknown): string | undefined {
  const tolerations = list(at(pod, 'spec', 'tolerations'));
  const isTolerated = (taint: unknown) =>
    tolerations.some((each) => {
      const [key, effect] = [at(each, 'key'), at(each, 'effect')];
      if (effect !== undefined && effect !== '' && effect !== at(taint, 'effect')) return false;
      if (at(each, 'operator') === 'Exists') return key === undefined || key === '' || key === at(taint, 'key');
      return key === at(taint, 'key') && (at(each, 'value') ?? '') === (at(taint, 'value') ?? '');
    });
  const cordon = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
  const taints = [...list(at(node, 'spec', 'taints')), ...(at(node, 'spec', 'unschedulable') === true ? [cordon] : [])];
  const found = taints.find((taint) => at(taint, 'effect') !== 'PreferNoSchedule' && !isTolerated(taint));
  if (found === undefined) return undefined;
  const value = text(at(found, 'value')) ?? '';
  return `${text(at(found, 'key')) ?? ''}${value === '' ? '' : `=${value}`}:${text(at(found, 'effect')) ?? ''}`;
}
