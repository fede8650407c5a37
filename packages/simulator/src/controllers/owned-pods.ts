import { at, type Json, type KubeObject, listOf, objectOf } from '../objects/types.ts';
import { known } from '../objects/well-known.ts';
import { type Context, manager, ownedBy, ownerOf } from './context.ts';

export function podsOf({ store }: Context, owner: KubeObject): KubeObject[] {
  return store.list(known.pods, owner.metadata.namespace).filter((pod) => ownedBy(pod, owner.metadata.uid));
}

export function isReady(pod: KubeObject): boolean {
  return listOf(at(pod, 'status', 'conditions')).some(({ type, status }) => type === 'Ready' && status === 'True');
}

export function phaseOf(pod: KubeObject): unknown {
  return at(pod, 'status', 'phase');
}

/**
 * A pod by the template of its owner.
 * @param metadata its name, and more labels than the template has
 * @throws ApiError when the cluster refuses it
 */
export function createPod(
  context: Context,
  owner: KubeObject,
  metadata: { name?: string; generateName?: string; labels?: Json },
  spec: (given: Json) => Json = (given) => given,
): KubeObject {
  const template = objectOf(at(owner, 'spec', 'template'));
  const given = objectOf(template.metadata);
  const labels = { ...objectOf(given.labels), ...metadata.labels };
  return context.writes.create(
    known.pods,
    owner.metadata.namespace,
    {
      metadata: { ...given, ...metadata, labels, ownerReferences: [ownerOf(owner)] },
      spec: spec(objectOf(template.spec)),
    },
    manager,
  );
}

/** Names of the claims that a pod uses. */
export function claimsOf(pod: KubeObject): string[] {
  return listOf(at(pod, 'spec', 'volumes')).flatMap((volume) => {
    const name = at(volume, 'persistentVolumeClaim', 'claimName');
    return typeof name === 'string' ? [name] : [];
  });
}
