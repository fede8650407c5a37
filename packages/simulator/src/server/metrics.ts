import { cpuOfContainer, memoryOfContainer } from '../metrics/usage.ts';
import { ApiError } from '../objects/api-error.ts';
import type { Kind } from '../objects/kinds.ts';
import { matchesLabels } from '../objects/selectors.ts';
import type { ObjectStore } from '../objects/store.ts';
import { at, type Json, type KubeObject, listOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';

export const metricsGroup = 'metrics.k8s.io';
const apiVersion = `${metricsGroup}/v1beta1`;

/** Told, and not stored: they can be read and nothing else. */
export const metricsKinds: readonly Kind[] = [
  { group: metricsGroup, version: 'v1beta1', plural: 'nodes', kind: 'NodeMetrics', namespaced: false },
  { group: metricsGroup, version: 'v1beta1', plural: 'pods', kind: 'PodMetrics', namespaced: true },
];

const windowSeconds = 30;
/** What a node uses beside its pods: cores, and bytes. */
const system = { cpu: 0.4, memory: 2 * 2 ** 30 };

/** Whose metrics a path asks for: `nodes`, `nodes/a`, `pods`, `namespaces/x/pods`, `namespaces/x/pods/a`. */
export type MetricsPath = { plural: 'nodes' | 'pods'; namespace?: string; name?: string };

export function metricsPathOf(rest: readonly string[]): MetricsPath | undefined {
  const [first, second, third, name] = rest;
  if (first === 'nodes' && rest.length < 3)
    return { plural: 'nodes', ...(second === undefined ? {} : { name: second }) };
  if (first === 'pods' && rest.length === 1) return { plural: 'pods' };
  if (first !== 'namespaces' || third !== 'pods' || second === undefined || rest.length > 4) return undefined;
  return { plural: 'pods', namespace: second, ...(name === undefined ? {} : { name }) };
}

/** What metrics-server would tell at a moment: a function of pods and time, nothing is sampled. @throws ApiError 404 */
export function metricsOf(store: ObjectStore, path: MetricsPath, query: URLSearchParams, now: Date): Json {
  const isPods = path.plural === 'pods';
  const selector = query.get('labelSelector') ?? '';
  const read = (object: KubeObject) => (isPods ? ofPod(object, now) : ofNode(store, object, now));
  if (path.name !== undefined) {
    const found = store.get(isPods ? known.pods : known.nodes, path.namespace, path.name);
    if (found !== undefined && (!isPods || isRunning(found))) return read(found);
    const message = `${path.plural}.${metricsGroup} "${path.name}" not found`;
    throw new ApiError(404, 'NotFound', message, { name: path.name, group: metricsGroup, kind: path.plural });
  }
  const objects = isPods ? store.list(known.pods, path.namespace).filter(isRunning) : store.list(known.nodes);
  const items = objects.filter((object) => selector === '' || matchesLabels(object, selector)).map(read);
  return { kind: isPods ? 'PodMetricsList' : 'NodeMetricsList', apiVersion, metadata: {}, items };
}

function isRunning(pod: KubeObject): boolean {
  return listOf(at(pod, 'status', 'containerStatuses')).some((each) => at(each, 'state', 'running') !== undefined);
}

function ofPod(pod: KubeObject, now: Date): Json {
  const containers = listOf(at(pod, 'spec', 'containers')).map(({ name }, index) => ({
    name,
    usage: usage(cpuOfContainer(pod, index, now.getTime()), memoryOfContainer(pod, index, now.getTime())),
  }));
  const { name, namespace, labels, creationTimestamp } = pod.metadata;
  return { ...head('PodMetrics', { name, namespace, labels, creationTimestamp }, now), containers };
}

function ofNode(store: ObjectStore, node: KubeObject, now: Date): Json {
  let { cpu, memory } = system;
  for (const pod of store.list(known.pods)) {
    if (at(pod, 'spec', 'nodeName') !== node.metadata.name || !isRunning(pod)) continue;
    for (const index of listOf(at(pod, 'spec', 'containers')).keys()) {
      cpu += cpuOfContainer(pod, index, now.getTime());
      memory += memoryOfContainer(pod, index, now.getTime());
    }
  }
  const { name, labels, creationTimestamp } = node.metadata;
  return { ...head('NodeMetrics', { name, labels, creationTimestamp }, now), usage: usage(cpu, memory) };
}

function head(kind: string, metadata: Json, now: Date): Json {
  return { kind, apiVersion, metadata, timestamp: `${now.toISOString().slice(0, 19)}Z`, window: `${windowSeconds}s` };
}

/** In nanocores and kibibytes, as metrics-server tells them. */
function usage(cpu: number, memory: number) {
  return { cpu: `${Math.round(cpu * 1e9)}n`, memory: `${Math.round(memory / 1024)}Ki` };
}
