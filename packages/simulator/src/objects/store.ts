import type { Kind } from './kinds.ts';
import type { KubeObject } from './types.ts';

export type Change = {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  kind: Kind;
  object: KubeObject;
  /** What it was until then. */
  before: KubeObject | undefined;
  version: number;
  /** Milliseconds. */
  at: number;
};
export type Listener = (change: Change) => void;

/** All objects of a cluster, their versions, and the last changes for watches. */
export interface ObjectStore {
  get(kind: Kind, namespace: string | undefined, name: string): KubeObject | undefined;
  /** Sorted as etcd does, by namespace and name. */
  list(kind: Kind, namespace?: string): readonly KubeObject[];
  /** The list as it was at a version; `undefined` when that is compacted away. */
  listAt(kind: Kind, namespace: string | undefined, version: number): readonly KubeObject[] | undefined;
  find(kind: Kind, matches: (object: KubeObject) => boolean): KubeObject | undefined;
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
  all(): { kind: Kind; objects: readonly KubeObject[] }[];
}

/** What a kind has in one namespace; `sorted` until something comes or goes. */
type Shelf = { objects: Map<string, KubeObject>; sorted: readonly KubeObject[] | undefined };

const historySize = 10_000;
const historyMs = 300_000;

export function createObjectStore(options: { firstVersion: number; now?: () => number }): ObjectStore {
  const now = options.now ?? Date.now;
  const byKind = new Map<Kind, Map<string, Shelf>>();
  const listeners = new Set<Listener>();
  let history: Change[] = [];
  let current = options.firstVersion;
  let compacted = options.firstVersion;

  function shelfOf(kind: Kind, namespace = ''): Shelf {
    const shelves = byKind.get(kind) ?? new Map<string, Shelf>();
    byKind.set(kind, shelves);
    const shelf = shelves.get(namespace) ?? { objects: new Map(), sorted: undefined };
    shelves.set(namespace, shelf);
    return shelf;
  }

  function sorted(shelf: Shelf): readonly KubeObject[] {
    shelf.sorted ??= [...shelf.objects.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    return shelf.sorted;
  }

  function list(kind: Kind, namespace?: string): readonly KubeObject[] {
    const shelves = byKind.get(kind);
    if (shelves === undefined) return [];
    const names = namespace === undefined ? [...shelves.keys()].sort() : [namespace];
    return names.flatMap((name) => {
      const shelf = shelves.get(name);
      return shelf === undefined ? [] : sorted(shelf);
    });
  }

  function place(kind: Kind, object: KubeObject): void {
    const shelf = shelfOf(kind, object.metadata.namespace);
    shelf.objects.set(object.metadata.name, object);
    shelf.sorted = undefined;
  }

  function publish(type: Change['type'], kind: Kind, object: KubeObject, before: KubeObject | undefined): void {
    const change = { type, kind, object, before, version: current, at: now() };
    history.push(change);
    const oldest = history[0]?.at ?? change.at;
    // A tenth late, so that trimming costs little.
    if (history.length > historySize * 1.1 || oldest < change.at - historyMs * 1.1) trim(change.at);
    for (const listener of [...listeners]) listener(change);
  }

  function trim(at: number): void {
    const byAge = history.findIndex((change) => change.at >= at - historyMs);
    const first = Math.max(byAge, history.length - historySize);
    compacted = history[first - 1]?.version ?? compacted;
    history = history.slice(first);
  }

  function since(kind: Kind, version: number): Change[] | undefined {
    if (version < compacted) return undefined;
    return history.filter((change) => change.version > version && change.kind === kind);
  }

  function stamped(object: KubeObject): KubeObject {
    current += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(current) } };
  }

  return {
    get: (kind, namespace, name) =>
      byKind
        .get(kind)
        ?.get(namespace ?? '')
        ?.objects.get(name),
    list,
    listAt(kind, namespace, version) {
      const later = since(kind, version);
      if (later === undefined) return undefined;
      const objects = new Map(list(kind, namespace).map((object) => [keyOf(object), object]));
      for (const { object, before } of later.toReversed()) {
        if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
        if (before === undefined) objects.delete(keyOf(object));
        else objects.set(keyOf(before), before);
      }
      return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
    },
    find: (kind, matches) => list(kind).find(matches),
    put(kind, object) {
      const { namespace, name } = object.metadata;
      const before = shelfOf(kind, namespace).objects.get(name);
      const stored = stamped(object);
      place(kind, stored);
      publish(before === undefined ? 'ADDED' : 'MODIFIED', kind, stored, before);
      return stored;
    },
    remove(kind, object) {
      const shelf = shelfOf(kind, object.metadata.namespace);
      shelf.objects.delete(object.metadata.name);
      shelf.sorted = undefined;
      const last = stamped(object);
      publish('DELETED', kind, last, object);
      return last;
    },
    restore(kind, objects) {
      for (const object of objects) place(kind, object);
    },
    version: () => current,
    since,
    compact() {
      history = [];
      compacted = current;
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    all: () => [...byKind.keys()].map((kind) => ({ kind, objects: list(kind) })),
  };
}

/** Sorts as etcd's keys do. */
export function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
