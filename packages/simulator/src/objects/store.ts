import type { Kind } from './kinds.ts';
import type { KubeObject } from './types.ts';

export type Change = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; kind: Kind; object: KubeObject; version: number };
export type Listener = (change: Change) => void;

/** All objects of a cluster, their versions, and the last changes for watches. */
export interface ObjectStore {
  get(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined;
  /** Sorted as etcd does, by namespace and name. */
  list(kind: Kind, namespace?: string): KubeObject[];
  /** Stores a new value under the next version and returns it. */
  put(kind: Kind, object: KubeObject): KubeObject;
  remove(kind: Kind, object: KubeObject): KubeObject;
  /** Objects of an earlier run, with their versions; nobody is told. */
  restore(kind: Kind, objects: readonly KubeObject[]): void;
  version(): number;
  /** Changes after a version; `undefined` when they are compacted away. */
  since(kind: Kind, version: number): Change[] | undefined;
  /** Forgets the changes so far, as etcd's compaction does. */
  compact(): void;
  listen(listener: Listener): () => void;
  all(): { kind: Kind; objects: KubeObject[] }[];
}

const historySize = 10_000;

export function createObjectStore(options: { firstVersion: number }): ObjectStore {
  const byKind = new Map<Kind, Map<string, KubeObject>>();
  const listeners = new Set<Listener>();
  let history: Change[] = [];
  let current = options.firstVersion;
  let compacted = options.firstVersion;

  function objectsOf(kind: Kind): Map<string, KubeObject> {
    const objects = byKind.get(kind) ?? new Map<string, KubeObject>();
    byKind.set(kind, objects);
    return objects;
  }

  function publish(type: Change['type'], kind: Kind, object: KubeObject): void {
    const change = { type, kind, object, version: current };
    history.push(change);
    if (history.length > historySize * 1.5) {
      compacted = history.at(-historySize - 1)?.version ?? compacted;
      history = history.slice(-historySize);
    }
    for (const listener of [...listeners]) listener(change);
  }

  function stamped(object: KubeObject): KubeObject {
    current += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(current) } };
  }

  return {
    get: (kind, namespace, name) => byKind.get(kind)?.get(keyOf(namespace, name)),
    list(kind, namespace) {
      const prefix = namespace === undefined ? '' : `${namespace}/`;
      return [...(byKind.get(kind) ?? [])]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object);
    },
    put(kind, object) {
      const objects = objectsOf(kind);
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const type = objects.has(key) ? 'MODIFIED' : 'ADDED';
      const stored = stamped(object);
      objects.set(key, stored);
      publish(type, kind, stored);
      return stored;
    },
    remove(kind, object) {
      objectsOf(kind).delete(keyOf(object.metadata.namespace, object.metadata.name));
      const last = stamped(object);
      publish('DELETED', kind, last);
      return last;
    },
    restore(kind, objects) {
      for (const object of objects) objectsOf(kind).set(keyOf(object.metadata.namespace, object.metadata.name), object);
    },
    version: () => current,
    since(kind, version) {
      if (version < compacted) return undefined;
      return history.filter((change) => change.version > version && change.kind === kind);
    },
    compact() {
      history = [];
      compacted = current;
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    all: () => [...byKind].map(([kind, objects]) => ({ kind, objects: [...objects.values()] })),
  };
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}
