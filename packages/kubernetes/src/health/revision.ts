import { at, list, text } from './json.ts';

/** Workloads whose pods are made anew with each revision. */
export type RevisionedKind = 'Deployment' | 'StatefulSet' | 'DaemonSet';

/** What all pods of a revision are labelled with, and no others of its workload. */
export type RevisionLabel = { key: string; value: string };

export type Revision<T> = {
  /** A Deployment's ReplicaSet of it. */
  set: T | undefined;
  label: RevisionLabel | undefined;
  pods: T[];
};

/**
 * The newest revision of a workload as its controller has seen it: what older pods do says nothing about it.
 * @param found its objects, and others like them in the namespace
 */
export function newestRevision<T>(
  kind: RevisionedKind,
  workload: T | undefined,
  found: { replicaSets: readonly T[]; pods: readonly T[] },
): Revision<T> {
  if (kind === 'Deployment') {
    // By its pod template, as the controller itself finds it: the revision annotation follows a moment later, and until
    // then it names the ReplicaSet before.
    const template = templateOf(workload);
    const set = found.replicaSets.find((each) => isOwnedBy(each, workload) && templateOf(each) === template);
    const label = labelled('pod-template-hash', at(set, 'metadata', 'labels', 'pod-template-hash'));
    return { set, label, pods: found.pods.filter((pod) => isOfRevision(pod, label)) };
  }
  const label =
    kind === 'StatefulSet'
      ? labelled('controller-revision-hash', at(workload, 'status', 'updateRevision'))
      : labelled(
          'pod-template-generation',
          at(workload, 'metadata', 'annotations', 'deprecated.daemonset.template.generation'),
        );
  const isOf = (pod: T) => isOwnedBy(pod, workload) && isOfRevision(pod, label);
  return { set: undefined, label, pods: found.pods.filter(isOf) };
}

function labelled(key: string, found: unknown): RevisionLabel | undefined {
  const value = text(found);
  return value === undefined ? undefined : { key, value };
}

/** By its label alone; of a revision that is not known no pod is. */
export function isOfRevision(pod: unknown, label: RevisionLabel | undefined): boolean {
  return label !== undefined && labelOf(pod, label.key) === label.value;
}

function isOwnedBy(object: unknown, owner: unknown): boolean {
  const uid = at(owner, 'metadata', 'uid');
  return uid !== undefined && list(at(object, 'metadata', 'ownerReferences')).some((each) => at(each, 'uid') === uid);
}

function labelOf(object: unknown, label: string): unknown {
  return at(object, 'metadata', 'labels', label);
}

/** The pod template as text, without the label that only the ReplicaSet's copy carries. */
function templateOf(object: unknown): string {
  const template = (at(object, 'spec', 'template') ?? {}) as { metadata?: { labels?: Record<string, string> } };
  const { 'pod-template-hash': _hash, ...labels } = template.metadata?.labels ?? {};
  return JSON.stringify({ ...template, metadata: { ...template.metadata, labels } });
}

/** Whether what happened to a pod must be asked: it does not come up as pods do. */
export function isOddPod(pod: unknown, now: number): boolean {
  const statuses = ['containerStatuses', 'initContainerStatuses'].flatMap((key) => [...list(at(pod, 'status', key))]);
  const waits = statuses.map((status) => text(at(status, 'state', 'waiting', 'reason')));
  const isReady = list(at(pod, 'status', 'conditions')).some(
    (each) => at(each, 'type') === 'Ready' && at(each, 'status') === 'True',
  );
  const age = now - Date.parse(text(at(pod, 'metadata', 'creationTimestamp')) ?? '');
  return (
    isUnschedulable(pod) ||
    statuses.some((status) => Number(at(status, 'restartCount') ?? 0) > 0) ||
    waits.some((reason) => reason !== undefined && !usualWaits.has(reason)) ||
    (!isReady && age > quietMs)
  );
}

/** A container that starts as it should waits for these. */
const usualWaits = new Set(['ContainerCreating', 'PodInitializing']);
/** How long a pod may take before we ask what happened to it. */
const quietMs = 5000;

export function isUnschedulable(pod: unknown): boolean {
  return list(at(pod, 'status', 'conditions')).some(
    (each) =>
      at(each, 'type') === 'PodScheduled' && at(each, 'status') === 'False' && at(each, 'reason') === 'Unschedulable',
  );
}
