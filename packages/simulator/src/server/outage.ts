import type { IncomingMessage } from 'node:http';
import type { ObjectStore } from '../objects/store.ts';
import { known } from '../objects/well-known.ts';

/** On the namespace `kube-system`: while it is there, the cluster is cut off. For a look at what an outage does. */
export const outageAnnotation = 'sim.quarterdeck.dev/outage';

const name = 'kube-system';

/** Whether a request must get no answer. The one that takes the annotation away again gets through. */
export function isCutOff(store: ObjectStore, { method, url }: IncomingMessage): boolean {
  if (store.get(known.namespaces, undefined, name)?.metadata.annotations?.[outageAnnotation] === undefined)
    return false;
  return !(method === 'PATCH' && url?.split('?')[0] === `/api/v1/namespaces/${name}`);
}

/** Calls back when an outage begins. */
export function onOutage(store: ObjectStore, begin: () => void): () => void {
  return store.listen(({ kind, object, before }) => {
    const has = (each: typeof before) => each?.metadata.annotations?.[outageAnnotation] !== undefined;
    if (kind === known.namespaces && object.metadata.name === name && has(object) && !has(before)) begin();
  });
}
