import {
  type diagnose,
  isOddPod,
  isOfRevision,
  isUnschedulable,
  newestRevision,
  objectHealth,
  type RevisionedKind,
  type RevisionLabel,
} from '@quarterdeck/kubernetes';
import type { Gate } from './release-rows.ts';
import type { Kube, LabelledKind, Labels, RolloutLists, RolloutPlace } from './rollout-lists.ts';

export type ObjectState = { state: 'current' | 'in_progress' | 'failed' | 'terminating'; detail: string };

export type Rollout = {
  /** Health by `Kind/name`. */
  states: Map<string, ObjectState>;
  /** Every workload is current for the generation we wrote. */
  isCurrent: boolean;
  /** Restarts of this revision's pods: one more and the calm starts over. */
  restarts: number;
  /** By `Kind/name`, how the pods of this revision are labelled; without those whose controller has not seen it yet. */
  revisions: Record<string, RevisionLabel>;
  /** Pods of the workload that is judged, as they were healthy before this release. */
  before: Kube[];
  evidence: Parameters<typeof diagnose>[0];
};

/** Kinds whose pods are waited for, with their plural. */
const workloads: Record<RevisionedKind, LabelledKind> = {
  Deployment: 'deployments',
  StatefulSet: 'statefulsets',
  DaemonSet: 'daemonsets',
};

export function isWorkload({ group, kind }: { group: string; kind: string }): boolean {
  return group === 'apps' && kind in workloads;
}

/**
 * Looks at a revision as the cluster has it now: workloads, their pods of this revision, and what happened to these.
 * @param last the gate of the run that was healthy here before
 */
export async function readRollout(place: RolloutPlace, gate: Gate, lists: RolloutLists, last?: Gate): Promise<Rollout> {
  const kinds = [...new Set(gate.workloads.map(({ kind }) => kind as RevisionedKind))];
  const listed = async (kind: RevisionedKind) => [kind, await lists.of(place, workloads[kind])] as const;
  const found = new Map<string, Kube[]>(await Promise.all(kinds.map(listed)));
  const liveOf = ({ kind, name }: Gate['workloads'][number]) =>
    found.get(kind)?.find(({ metadata }) => metadata?.name === name);
  const foreign = gate.workloads.flatMap((workload) => {
    const live = liveOf(workload);
    return live === undefined || carriesOurLabels(live, place) ? [] : [selectedBy(live)];
  });
  // Each list is a search through all that the namespace has: none is asked for whose objects nobody looks at.
  const listsOf = async (kind: LabelledKind) => {
    const ours = foreign.length < gate.workloads.length ? [lists.of(place, kind)] : [];
    return (await Promise.all([...ours, ...foreign.map((labels) => lists.selected(place, kind, labels))])).flat();
  };
  const [pods, replicaSets] = await Promise.all([
    listsOf('pods'),
    kinds.includes('Deployment') ? listsOf('replicasets') : [],
  ]);
  const looks = gate.workloads.map((workload) => {
    const live = liveOf(workload);
    const isObserved = Number(live?.status?.observedGeneration ?? 0) >= workload.generation;
    // Until the controller has seen our generation, what it made last is the old revision: its pods prove nothing.
    const seen = isObserved ? { replicaSets, pods } : { replicaSets: [], pods: [] };
    return {
      workload,
      live,
      isObserved,
      state: stateOf(live, workload),
      revision: newestRevision<Kube>(workload.kind as RevisionedKind, live, seen),
    };
  });
  const isCurrent = looks.every(({ state }) => state.state === 'current');
  const mine = looks.flatMap(({ revision }) => revision.pods);
  const sets = looks.flatMap(({ revision: { set } }) => (set === undefined ? [] : [set]));
  const sick = looks.find(({ state }) => state.state !== 'current') ?? looks[0];
  const known = last?.revisions?.[`${sick?.workload.kind}/${sick?.workload.name}`];
  const before = isCurrent ? [] : pods.filter((pod) => isOfRevision(pod, known) && !mine.includes(pod));
  const now = Date.now();
  // They only explain what is not well, and are the longest list of a busy namespace.
  const isOdd = sick?.state.state === 'failed' || mine.some((pod) => isOddPod(pod, now));
  const events = isCurrent || !isOdd ? [] : await lists.events(place);
  // They tell a taint from a selector that no node has; a cluster that shows us none is judged by the scheduler's words.
  const waits = mine.some(isUnschedulable);
  const nodes = waits ? await lists.nodes(place).catch(() => []) : [];
  const budgets = nodes.some(isCordoned) ? await lists.budgets(place).catch(() => []) : [];
  const judged: (Kube | undefined)[] = [...looks.map(({ live }) => live), ...sets, ...mine, ...before];
  const uids = new Set(judged.map((object) => object?.metadata?.uid));
  return {
    states: new Map(looks.map(({ workload, state }) => [`${workload.kind}/${workload.name}`, state])),
    isCurrent,
    restarts: mine.reduce((sum, pod) => sum + restartsOf(pod), 0),
    revisions: Object.fromEntries(
      looks.flatMap(({ workload, isObserved, revision: { label } }) =>
        isObserved && label !== undefined ? [[`${workload.kind}/${workload.name}`, label]] : [],
      ),
    ),
    before,
    evidence: {
      ...(sick?.live === undefined ? {} : { deployment: sick.live }),
      replicaSets: sets,
      pods: mine,
      nodes,
      budgets,
      otherPods: waits ? pods.filter((pod) => !mine.includes(pod)) : [],
      events: events.filter((event) => uids.has((event.involvedObject as { uid?: string } | undefined)?.uid)),
    },
  };
}

type Templated = { selector?: { matchLabels?: Record<string, string> }; template?: { metadata?: Kube['metadata'] } };

/** Its pods are found by our labels; those of manifests that somebody brought are found by its own selector alone. */
function carriesOurLabels(live: Kube, { application, environment }: RolloutPlace): boolean {
  const labels = (live.spec as Templated | undefined)?.template?.metadata?.labels ?? {};
  return labels['app.kubernetes.io/name'] === application && labels['quarterdeck.dev/environment'] === environment;
}

function selectedBy(live: Kube): Labels {
  return (live.spec as Templated | undefined)?.selector?.matchLabels ?? {};
}

/** Taken out of use, by hand or to be emptied. */
function isCordoned(node: Kube): boolean {
  return node.spec?.unschedulable === true;
}

function stateOf(found: Kube | undefined, workload: Gate['workloads'][number]): ObjectState {
  if (found === undefined)
    return { state: 'failed', detail: `${workload.kind} ${workload.name} was deleted by somebody else.` };
  if (Number(found.status?.observedGeneration ?? 0) < workload.generation) {
    return { state: 'in_progress', detail: 'The controller has not seen this revision yet.' };
  }
  // Items of a list do not say their kind.
  return objectHealth({ ...found, kind: workload.kind });
}

function restartsOf(pod: Kube): number {
  const statuses = pod.status?.containerStatuses;
  if (!Array.isArray(statuses)) return 0;
  return statuses.reduce<number>((sum, status: { restartCount?: number }) => sum + (status.restartCount ?? 0), 0);
}
