import { at, int, list, text } from '../health/json.ts';
import { selects } from '../health/label-selector.ts';

/** What evicting a pod would lose, so that somebody is asked before. */
export type EvictionLoss = 'empty_dir_data' | 'bare_pod';

/** A PodDisruptionBudget that takes a pod, with its numbers of now. */
export type PodBudget = {
  name: string;
  /** How many of its pods may go. */
  allowed: number;
  healthy: number;
  /** How many have to stay healthy. */
  needed: number;
  expected: number;
};

/** One pod of a node that is to be emptied, and what becomes of it. */
export type JudgedPod = {
  namespace: string;
  name: string;
  uid: string;
  /** Its controller; a bare pod has none. */
  owner: { kind: string; name: string } | undefined;
  /** Why it stays: its DaemonSet puts up with cordons, or the node's own kubelet runs it. */
  skip: 'daemonset' | 'mirror' | undefined;
  losses: EvictionLoss[];
  /** It is on its way out already. */
  leaving: boolean;
  budgets: PodBudget[];
};

const mirror = 'kubernetes.io/config.mirror';

/** As kubectl drain judges them: what it skips, what it asks about; sorted by namespace and name. */
export function judgePods(pods: readonly unknown[], budgets: readonly unknown[]): JudgedPod[] {
  return pods.map((pod) => judge(pod, budgets)).toSorted(byName);
}

function judge(pod: unknown, budgets: readonly unknown[]): JudgedPod {
  const owner = list(at(pod, 'metadata', 'ownerReferences')).find((each) => at(each, 'controller') === true);
  const [kind, name] = [text(at(owner, 'kind')), text(at(owner, 'name'))];
  // One that has ended runs nowhere and its scratch space is of no use any more.
  const isOver = ['Succeeded', 'Failed'].includes(text(at(pod, 'status', 'phase')) ?? '');
  const hasScratch = list(at(pod, 'spec', 'volumes')).some((volume) => at(volume, 'emptyDir') !== undefined);
  const losses: EvictionLoss[] = isOver
    ? []
    : [...(hasScratch ? ['empty_dir_data' as const] : []), ...(owner === undefined ? ['bare_pod' as const] : [])];
  const isMirror = at(pod, 'metadata', 'annotations', mirror) !== undefined;
  return {
    namespace: text(at(pod, 'metadata', 'namespace')) ?? '',
    name: text(at(pod, 'metadata', 'name')) ?? '',
    uid: text(at(pod, 'metadata', 'uid')) ?? '',
    owner: kind === undefined || name === undefined ? undefined : { kind, name },
    skip: isMirror ? 'mirror' : kind === 'DaemonSet' && !isOver ? 'daemonset' : undefined,
    losses,
    leaving: at(pod, 'metadata', 'deletionTimestamp') !== undefined,
    budgets: isOver ? [] : budgetsOf(pod, budgets),
  };
}

/** The budgets of the pod's namespace that take it; the tightest first. */
export function budgetsOf(pod: unknown, budgets: readonly unknown[]): PodBudget[] {
  return budgets
    .filter(
      (budget) =>
        at(budget, 'metadata', 'namespace') === at(pod, 'metadata', 'namespace') &&
        selects(at(budget, 'spec', 'selector'), pod),
    )
    .map((budget) => ({
      name: text(at(budget, 'metadata', 'name')) ?? '',
      allowed: int(at(budget, 'status', 'disruptionsAllowed')) ?? 0,
      healthy: int(at(budget, 'status', 'currentHealthy')) ?? 0,
      needed: int(at(budget, 'status', 'desiredHealthy')) ?? 0,
      expected: int(at(budget, 'status', 'expectedPods')) ?? 0,
    }))
    .toSorted((a, b) => a.allowed - b.allowed);
}

function byName(a: JudgedPod, b: JudgedPod): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
