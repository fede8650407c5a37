import type { IncomingMessage } from 'node:http';
import type { ObjectStore } from '../objects/store.ts';
import { known } from '../objects/well-known.ts';

/** On the namespace `kube-system`: while it is there, the cluster is cut off. For a look at what an outage does. */
export const outageAnnotation = 'sim.quarterdeck.dev/outage';

const name = 'kube-system';

/** What kubectl asks before and while it takes the annotation away. */
const wayBack = new Set(['/api', '/apis', `/api/v1/namespaces/${name}`]);

/** Whether a request must get no answer. Who looks after the annotation in their own name gets through. */
export function isCutOff(store: ObjectStore, { headers, url }: IncomingMessage): boolean {
  if (store.get(known.namespaces, undefined, name)?.metadata.annotations?.[outageAnnotation] === undefined)
    return false;
  return headers['impersonate-user'] !== undefined || !wayBack.has(url?.split('?')[0] ?? '');
}

/** Calls back when an outage begins. */
export function onOutage(store: ObjectStore, begin: () => void): () => void {
  return store.listen(({ kind, object, before }) => {
    const has = (each: typeof before) => each?.metadata.annotations?.[outageAnnotation] !== undefined;
    if (kind === known.namespaces && object.metadata.name === name && has(object) && !has(before)) begin();
  });
}
