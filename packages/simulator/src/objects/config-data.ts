import type { ObjectStore } from './store.ts';
import { at, objectOf, textOf } from './types.ts';
import { known } from './well-known.ts';

/** What a ConfigMap or Secret holds, by its keys; nothing where neither is named or there. */
export function configData(
  store: ObjectStore,
  namespace: string,
  { configMapRef, secretRef }: { configMapRef?: unknown; secretRef?: unknown },
): Map<string, Buffer> {
  const isSecret = secretRef !== undefined;
  const name = textOf(at(secretRef ?? configMapRef, 'name'));
  const found = store.get(isSecret ? known.secrets : known.configMaps, namespace, name);
  const entries = (field: string, encoding: BufferEncoding) =>
    Object.entries(objectOf(found?.[field])).map(
      ([key, value]) => [key, Buffer.from(textOf(value), encoding)] as const,
    );
  return new Map([...entries('data', isSecret ? 'base64' : 'utf8'), ...entries('binaryData', 'base64')]);
}
