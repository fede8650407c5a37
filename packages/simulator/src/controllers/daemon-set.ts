import { ApiError } from '../objects/api-error.ts';
import { templateHash } from '../objects/safe-name.ts';
import { at, type Json, type KubeObject, listOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, emit, putStatus } from './context.ts';
import { placementObstacle } from './node-fit.ts';
import { createPod, isReady, podsOf } from './owned-pods.ts';
import { keepRevision } from './revisions.ts';

const hashLabel = 'controller-revision-hash';

/** What every pod of a DaemonSet puts up with. */
const tolerated = [
  ['not-ready', 'NoExecute'],
  ['unreachable', 'NoExecute'],
  ['disk-pressure', 'NoSchedule'],
  ['memory-pressure', 'NoSchedule'],
  ['pid-pressure', 'NoSchedule'],
  ['unschedulable', 'NoSchedule'],
].map(([name, effect]) => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists', effect }));

/** One pod on every node that takes it. */
export function reconcileDaemonSet(context: Context, namespace: string, name: string): void {
  const { store } = context;
  const set = store.get(known.daemonSets, namespace, name);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
  const hash = templateHash(at(set, 'spec', 'template'));
  const inUse = new Set(podsOf(context, set).map((pod) => `${name}-${pod.metadata.labels?.[hashLabel] ?? ''}`));
  keepRevision(context, set, { name: `${name}-${hash}`, label: { [hashLabel]: hash }, inUse });
  const wanted = store.list(known.nodes).filter((node) => placementObstacle(node, wantedPod(set)) === undefined);
  const byNode = new Map(podsOf(context, set).map((pod) => [nodeOf(pod), pod]));
  const names = new Set(wanted.map(({ metadata }) => metadata.name));
  for (const [node, pod] of byNode) if (!names.has(node)) remove(context, set, pod);
  const replaced = [...byNode.values()].find((pod) => pod.metadata.labels?.[hashLabel] !== hash);
  const areOthersReady = [...byNode.values()].every((pod) => pod === replaced || isReady(pod));
  if (replaced !== undefined && areOthersReady && at(set, 'spec', 'updateStrategy', 'type') === 'RollingUpdate') {
    remove(context, set, replaced);
    byNode.delete(nodeOf(replaced));
  }
  for (const node of names) if (!byNode.has(node) && !make(context, set, node, hash)) break;

  const pods = podsOf(context, set).filter((pod) => names.has(nodeOf(pod)));
  const ready = pods.filter(isReady).length;
  const unavailable = wanted.length - ready;
  putStatus(context, known.daemonSets, set, {
    currentNumberScheduled: pods.length,
    numberMisscheduled: 0,
    desiredNumberScheduled: wanted.length,
    numberReady: ready,
    observedGeneration: set.metadata.generation,
    updatedNumberScheduled: pods.filter((pod) => pod.metadata.labels?.[hashLabel] === hash).length,
    ...(ready > 0 ? { numberAvailable: ready } : {}),
    ...(unavailable > 0 ? { numberUnavailable: unavailable } : {}),
  });
}

/** As the scheduler would look at one of its pods. */
function wantedPod(set: KubeObject): Json {
  const spec = at(set, 'spec', 'template', 'spec') as Json;
  return { spec: { ...spec, tolerations: [...listOf(spec.tolerations), ...tolerated] } };
}

/** Its pods are bound to a node by name before the scheduler sees them. */
function nodeOf(pod: KubeObject): string {
  const [term] = listOf(
    at(pod, 'spec', 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms'),
  );
  const [field] = listOf(term?.matchFields);
  return textOf((field?.values as unknown[] | undefined)?.[0]);
}

function make(context: Context, set: KubeObject, node: string, hash: string): boolean {
  const { name } = set.metadata;
  const fields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  const required = { nodeSelectorTerms: [{ matchFields: fields }] };
  try {
    const pod = createPod(
      context,
      set,
      { generateName: `${name}-`, labels: { [hashLabel]: hash, 'pod-template-generation': '1' } },
      (spec) => ({
        ...spec,
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } },
        tolerations: [...listOf(spec.tolerations), ...tolerated],
      }),
    );
    emit(context, set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    emit(context, set, 'Warning', 'FailedCreate', `Error creating: ${error.message}`);
    const { namespace = '' } = set.metadata;
    context.due.at(`daemonset/${namespace}/${name}`, 10_000, () => reconcileDaemonSet(context, namespace, name));
    return false;
  }
}

function remove(context: Context, set: KubeObject, pod: KubeObject): void {
  context.store.remove(known.pods, pod);
  emit(context, set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
}
