import { Readable } from 'node:stream';
import { type ClusterClient, ClusterError, type ClusterRequest } from '../transport/cluster-client.ts';
import type { Clock } from './clock.ts';

type Entry = { name: string; uid: string; version: number; restarts: number };
type Change = { type: 'ADDED' | 'MODIFIED' | 'DELETED'; entry: Entry };
type Watcher = { body: Readable; from: number };

/** One collection of an API server: versions, history with compaction, watches, and a network that misbehaves. */
export function createCollection(options: { clock: Clock; random: () => number; misbehaves: () => boolean }) {
  const { clock, random, misbehaves } = options;
  const entries = new Map<string, Entry>();
  const history: Change[] = [];
  const watchers = new Set<Watcher>();
  let version = 100;
  let compacted = 100;
  let uids = 0;

  function objectOf(entry: Entry) {
    return {
      metadata: { name: entry.name, namespace: 'shop', uid: entry.uid, resourceVersion: String(entry.version) },
      status: { containerStatuses: [{ name: 'app', restartCount: entry.restarts, state: { running: {} } }] },
    };
  }

  /** Pushes text in random slices of bytes; now and then the connection breaks in the middle. */
  function push(watcher: Watcher, text: string): void {
    const bytes = Buffer.from(text, 'utf8');
    for (let start = 0; start < bytes.length && watchers.has(watcher); ) {
      const size = 1 + Math.floor(random() * 60);
      watcher.body.push(bytes.subarray(start, start + size));
      start += size;
      if (misbehaves() && random() < 0.01) cut(watcher);
    }
  }

  function cut(watcher: Watcher): void {
    watchers.delete(watcher);
    if (random() < 0.5) watcher.body.push(null);
    else watcher.body.destroy(new Error('connection reset'));
  }

  function record(type: Change['type'], entry: Entry): void {
    history.push({ type, entry });
    tell({ type, entry });
    // No etcd says a thing twice or out of turn; what stands between us and it may.
    const again = history[Math.floor(random() * history.length)];
    if (misbehaves() && random() < 0.1 && again !== undefined) tell(again);
  }

  function tell({ type, entry }: Change): void {
    for (const watcher of [...watchers]) push(watcher, `${JSON.stringify({ type, object: objectOf(entry) })}\n`);
  }

  const mark = (at: number, annotations?: object) =>
    `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: String(at), annotations } } })}\n`;
  const expired = { kind: 'Status', code: 410, reason: 'Expired' };

  function watch(request: ClusterRequest): Watcher {
    const watcher: Watcher = { body: new Readable({ read() {} }), from: version };
    watcher.body.on('error', () => {});
    watcher.body.on('close', () => watchers.delete(watcher));
    const query = request.query ?? {};
    watchers.add(watcher);
    if (query.sendInitialEvents === true) {
      for (const entry of [...entries.values()].sort(() => random() - 0.5)) {
        push(watcher, `${JSON.stringify({ type: 'ADDED', object: objectOf(entry) })}\n`);
      }
      if (!watcher.body.destroyed && watchers.has(watcher))
        push(watcher, mark(version, { 'k8s.io/initial-events-end': 'true' }));
      return watcher;
    }
    for (const change of history) {
      if (change.entry.version <= Number(query.resourceVersion) || !watchers.has(watcher)) continue;
      push(watcher, `${JSON.stringify({ type: change.type, object: objectOf(change.entry) })}\n`);
    }
    return watcher;
  }

  const client: ClusterClient = {
    async request() {
      if (misbehaves() && random() < 0.2) throw new ClusterError('cluster_unreachable', 'cut');
      const body = { metadata: { resourceVersion: String(version) }, items: [] };
      return { status: 200, headers: {}, body: body as never, warnings: [] };
    },
    async stream(request) {
      if (misbehaves() && random() < 0.2) throw new ClusterError('cluster_unreachable', 'cut');
      const { query = {} } = request;
      const isWatch = query.watch === 1;
      if (isWatch && query.sendInitialEvents !== true && Number(query.resourceVersion) < compacted) {
        const inStream = random() < 0.5;
        const text = inStream ? `${JSON.stringify({ type: 'ERROR', object: expired })}\n` : JSON.stringify(expired);
        return { status: inStream ? 200 : 410, headers: {}, body: Readable.from([Buffer.from(text)]) };
      }
      if (isWatch && (query.sendInitialEvents !== true || random() < 0.7)) {
        return { status: 200, headers: {}, body: watch(request).body };
      }
      if (isWatch) return { status: 422, headers: {}, body: Readable.from([Buffer.from('{"code":422}')]) };
      const items = [...entries.values()].map(objectOf);
      const text = JSON.stringify({ kind: 'PodList', metadata: { resourceVersion: String(version) }, items });
      return { status: 200, headers: {}, body: Readable.from([Buffer.from(text)]) };
    },
    async close() {},
  };

  return {
    client,
    entries,
    /** Creates, changes, deletes or makes anew one object. */
    churn(): void {
      version += 1 + Math.floor(random() * 3);
      const name = `p${Math.floor(random() * 30)}-語`;
      const present = entries.get(name);
      if (present === undefined) {
        uids += 1;
        const entry = { name, uid: `uid-${uids}`, version, restarts: 0 };
        entries.set(name, entry);
        record('ADDED', entry);
      } else if (random() < 0.4) {
        entries.delete(name);
        record('DELETED', { ...present, version });
      } else {
        const entry = { ...present, version, restarts: present.restarts + 1 };
        entries.set(name, entry);
        record('MODIFIED', entry);
      }
    },
    bookmark: () => {
      for (const watcher of [...watchers]) push(watcher, mark(version));
    },
    compact(): void {
      compacted = version;
      history.splice(0, history.length);
    },
    cutAll: () => {
      for (const watcher of [...watchers]) cut(watcher);
    },
    now: clock.now,
  };
}
