import type { KubeObject } from './json.ts';
import { at, text } from './json.ts';
import type { ObjectKey, Sink } from './sink.ts';
import type { WatchEvent } from './watch-events.ts';

const maxEvents = 500;
const gatherMs = 100;

/** Gathers events of a watch and writes them in order: 500 at once, or what came within 100 ms. */
export interface Batch {
  /** Waits while a full batch is written: that is the back-pressure on the socket. */
  add(event: Extract<WatchEvent, { type: 'put' | 'delete' | 'bookmark' }>): Promise<void>;
  /** Writes what is gathered. Raises what a write in between raised. */
  flush(): Promise<void>;
}

/** @param onError told at once of a write that failed between two events, so that the watch can end */
export function createBatch(sink: Sink, onError: (error: unknown) => void, options?: { withVersions: boolean }): Batch {
  const withVersions = options?.withVersions ?? true;
  let puts = new Map<string, KubeObject>();
  let removes = new Map<string, ObjectKey>();
  let version: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    const batch = { puts: [...puts.values()], removes: [...removes.values()], version };
    puts = new Map();
    removes = new Map();
    version = undefined;
    if (batch.puts.length > 0) await sink.put(batch.puts);
    if (batch.removes.length > 0) await sink.remove(batch.removes);
    if (withVersions && batch.version !== undefined) await sink.version(batch.version);
  }

  function flush(): Promise<void> {
    writing = writing.then(write);
    return writing;
  }

  return {
    async add(event) {
      if (event.resourceVersion !== undefined) version = event.resourceVersion;
      if (event.type !== 'bookmark') {
        const key = keyOf(event.object);
        const place = `${key.namespace}/${key.name}`;
        // The last event of an object counts; a delete of an old uid must not hide a namesake made anew.
        if (event.type === 'put') {
          puts.set(place, event.object);
        } else {
          if (keyOf(puts.get(place) ?? {}).uid === key.uid) puts.delete(place);
          removes.set(`${place}/${key.uid}`, key);
        }
      }
      if (puts.size + removes.size >= maxEvents) return flush();
      if (timer === undefined) timer = setTimeout(() => flush().catch(onError), gatherMs);
    },
    flush,
  };
}

export function keyOf(object: KubeObject): ObjectKey {
  return {
    namespace: text(at(object, 'metadata', 'namespace')) ?? '',
    name: text(at(object, 'metadata', 'name')) ?? '',
    uid: text(at(object, 'metadata', 'uid')) ?? '',
  };
}
