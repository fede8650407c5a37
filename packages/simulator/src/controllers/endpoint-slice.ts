import { isDeepStrictEqual } from 'node:util';
import { matchesMap } from '../objects/selectors.ts';
import { at, type Json, type KubeObject, listOf, objectOf, textOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, manager, ownedBy, ownerOf, stamp } from './context.ts';
import { isReady, phaseOf } from './owned-pods.ts';

const serviceLabel = 'kubernetes.io/service-name';
const managedBy = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };

/** Keeps the slice of a Service: which of its pods are there, where, and ready. */
export function reconcileSlice(context: Context, namespace: string, name: string): void {
  const { store, writes } = context;
  const service = store.get(known.services, namespace, name);
  const selector = at(service, 'spec', 'selector');
  if (service === undefined || selector === undefined) return;
  const pods = store
    .list(known.pods, namespace)
    .filter((pod) => matchesMap(pod.metadata.labels, selector) && at(pod, 'status', 'podIP') !== undefined)
    .filter((pod) => phaseOf(pod) !== 'Succeeded' && phaseOf(pod) !== 'Failed');
  const endpoints = pods.map((pod) => endpointOf(context, pod));
  const ports = listOf(at(service, 'spec', 'ports')).map((port) => portOf(port, pods[0]));
  const slice = store.list(known.slices, namespace).find((each) => ownedBy(each, service.metadata.uid));
  if (slice === undefined) {
    const labels = { ...service.metadata.labels, [serviceLabel]: name, ...managedBy };
    const owner = ownerOf(service);
    const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': stamp(context) };
    const metadata = { generateName: `${name}-`, labels, annotations, ownerReferences: [owner] };
    writes.create(known.slices, namespace, { metadata, addressType: 'IPv4', endpoints, ports }, manager);
  } else if (!isDeepStrictEqual([slice.endpoints, slice.ports], [endpoints, ports])) {
    const generation = (slice.metadata.generation ?? 1) + 1;
    store.put(known.slices, { ...slice, metadata: { ...slice.metadata, generation }, endpoints, ports });
  }
}

function endpointOf({ store }: Context, pod: KubeObject): Json {
  const { name, namespace, uid } = pod.metadata;
  const nodeName = textOf(at(pod, 'spec', 'nodeName'));
  const zone = store.get(known.nodes, undefined, nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'];
  const ready = isReady(pod);
  return {
    addresses: [at(pod, 'status', 'podIP')],
    conditions: { ready, serving: ready, terminating: false },
    targetRef: { kind: 'Pod', namespace, name, uid },
    nodeName,
    ...(zone === undefined ? {} : { zone }),
  };
}

/** A port by its number at the pods. */
function portOf({ name, port, protocol, targetPort }: Json, pod: KubeObject | undefined): Json {
  const named = listOf(at(pod, 'spec', 'containers'))
    .flatMap((container) => listOf(container.ports))
    .find((each) => each.name === targetPort);
  const number = typeof targetPort === 'string' ? (named?.containerPort ?? port) : targetPort;
  return { name: textOf(name), port: number, protocol: protocol ?? 'TCP' };
}

/** Services of a namespace that select a pod. */
export function servicesOf({ store }: Context, pod: KubeObject): string[] {
  return store
    .list(known.services, pod.metadata.namespace)
    .filter((service) => {
      const selector = objectOf(at(service, 'spec', 'selector'));
      return Object.keys(selector).length > 0 && matchesMap(pod.metadata.labels, selector);
    })
    .map(({ metadata }) => metadata.name);
}
