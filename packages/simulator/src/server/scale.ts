import { selectorText } from '../objects/selectors.ts';
import { at, type Json, type KubeObject, objectOf } from '../objects/types.ts';

/** A workload as its `scale` shows it. */
export function scaleFrom(object: KubeObject): Json {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = Number(at(object, 'spec', 'replicas') ?? 1);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    // Nothing is said of none.
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: at(object, 'status', 'replicas') ?? 0, selector: selectorText(at(object, 'spec', 'selector')) },
  };
}

/** The workload with the size that a scale asks for. */
export function scaled(object: KubeObject, scale: Json): Json {
  const { resourceVersion } = objectOf(scale.metadata);
  const metadata = typeof resourceVersion === 'string' ? { ...object.metadata, resourceVersion } : object.metadata;
  return { ...object, metadata, spec: { ...object.spec, replicas: Number(at(scale, 'spec', 'replicas') ?? 0) } };
}
