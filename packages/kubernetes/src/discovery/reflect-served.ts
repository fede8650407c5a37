import { qualifiedName, type WatchedKind } from '../kinds/kind.ts';
import { watchedKinds } from '../kinds/watched-kinds.ts';
import { rbacKinds } from '../rbac/kinds.ts';
import type { ClusterClient } from '../transport/cluster-client.ts';
import { createBackoff } from '../watch/backoff.ts';
import { sleep } from '../watch/clock.ts';
import { type ClusterReflection, type ReflectionOptions, reflectCluster } from '../watch/reflect-cluster.ts';
import { FenceLostError, type Sink } from '../watch/sink.ts';
import { type Choice, chooseKinds, isProjected } from './choose-kinds.ts';
import { createDiscovery } from './discover.ts';
import { mayList } from './may-list.ts';
import { type PrinterColumns, readPrinterColumns } from './printer-columns.ts';

const debounceMs = 2000;
/** A kind that is not named any more is looked for once again after this. */
const confirmMs = 10_000;
const everyMs = 10 * 60_000;
/** Where asking for it stands among the starts of watches: behind the kinds that are everywhere. */
const discoveryRank = 25;
const noRights = 'The cluster does not let the worker list this kind.';

/** Every API server serves these: their watches need not wait for discovery. */
const everywhere = [...rbacKinds, ...watchedKinds.filter(({ group }) => group === '' || group === 'apps')];
/** Their changes change what is served. */
const definitions = new Set(['customresourcedefinitions.apiextensions.k8s.io', 'apiservices.apiregistration.k8s.io']);

/**
 * Keeps rows of every kind that a cluster serves and the worker may list: those that are everywhere at once, the rest
 * as discovery names them. Discovery is asked again every 10 min, 2 s after a definition changed, and when a kind is
 * not found any more.
 */
export function reflectServed(
  options: ReflectionOptions & {
    /** Kinds above the cap of a cluster are not watched. */
    onBeyond?: (kinds: number) => void;
    /** Discovery failed; it is tried again. */
    onFailure?: (error: unknown) => void;
  },
): ClusterReflection {
  const { sink, clock, connect, identity } = options;
  const controller = new AbortController();
  const { signal } = controller;
  const discovery = createDiscovery({ identity });
  const backoff = createBackoff(clock);
  let columns: PrinterColumns = new Map();
  let columnsMayDiffer = true;
  let rounds = 0;
  /** Kinds that the last answer did not name, and since when. */
  const missing = new Map<string, number>();
  /** Asked for once: a right that is lost later shows in the watch itself. */
  const allowed = new Set<string>();
  const isNotYetAllowed = (kind: WatchedKind) => !allowed.has(qualifiedName(kind));
  let isDue = false;
  let cancelTimer: (() => void) | undefined;
  let wake = () => {};

  function refreshIn(ms: number): void {
    cancelTimer ??= clock.after(ms, () => {
      cancelTimer = undefined;
      isDue = true;
      wake();
    });
  }

  function onDefinition(): void {
    columnsMayDiffer = true;
    refreshIn(debounceMs);
  }

  const reflection = reflectCluster({
    ...options,
    sink: noticing(sink, onDefinition),
    kinds: everywhere,
    onNotFound: () => refreshIn(debounceMs),
  });

  /**
   * Kinds of a group that does not answer stay as they were. Those that are merely not named stay until a second answer
   * agrees: an API server that just started does not know all of its own kinds at once.
   */
  function stillServed(choice: Choice, unanswered: readonly string[], former: readonly WatchedKind[]): WatchedKind[] {
    const chosen = [...choice.known, ...choice.others];
    const names = new Set(chosen.map(qualifiedName));
    for (const name of missing.keys()) if (names.has(name)) missing.delete(name);
    const kept = former.filter((kind) => {
      const name = qualifiedName(kind);
      if (names.has(name)) return false;
      if (unanswered.includes(kind.group)) return true;
      const since = missing.get(name) ?? clock.now();
      missing.set(name, since);
      if (clock.now() - since < confirmMs) return true;
      missing.delete(name);
      return false;
    });
    return [...chosen, ...kept];
  }

  async function refresh(client: ClusterClient, former: readonly WatchedKind[]): Promise<WatchedKind[]> {
    await options.pacing.start(options.cluster, discoveryRank, signal);
    const found = await discovery.read(client, signal);
    if (columnsMayDiffer || !found.unchanged) {
      columnsMayDiffer = false;
      // Without the right to read definitions their kinds have no columns; it is tried again at the next look.
      columns = await readPrinterColumns(client, { identity, signal }).catch(() => {
        columnsMayDiffer = true;
        return columns;
      });
    }
    const choice = chooseKinds(found.kinds, columns);
    if (choice.beyond > 0) options.onBeyond?.(choice.beyond);
    const served = stillServed(choice, found.unanswered, former);
    const others = served.filter((kind) => !isProjected(kind));
    for (const kind of await mayList(client, others.filter(isNotYetAllowed), { identity, signal })) {
      allowed.add(qualifiedName(kind));
    }
    const refused = others.filter(isNotYetAllowed);
    // What was served before this process began is forgotten at its second look, when every group has answered.
    const forgetOthers = rounds > 0 && missing.size === 0 && found.unanswered.length === 0;
    await sink.serves(served, { forgetOthers });
    await reflection.setKinds(served.filter((kind) => !refused.includes(kind)));
    for (const kind of refused) await sink.changeState(kind, 'forbidden', noRights);
    if (missing.size > 0) refreshIn(confirmMs);
    rounds += 1;
    return served;
  }

  async function follow(): Promise<void> {
    let former: readonly WatchedKind[] = everywhere;
    while (!signal.aborted) {
      let waitMs = everyMs * (0.9 + 0.2 * clock.random());
      isDue = false;
      try {
        former = await refresh(await connect(), former);
        backoff.succeeded();
      } catch (error) {
        if (signal.aborted || error instanceof FenceLostError) break;
        columnsMayDiffer = true;
        options.onFailure?.(error);
        waitMs = backoff.failed();
      }
      await nap(waitMs);
    }
    cancelTimer?.();
  }

  /** Until the time is up, or there is a reason to look again. */
  async function nap(ms: number): Promise<void> {
    if (isDue || signal.aborted) return;
    const controller = new AbortController();
    const end = () => controller.abort();
    wake = end;
    signal.addEventListener('abort', end);
    await sleep(clock, ms, controller.signal);
    signal.removeEventListener('abort', end);
  }

  const following = follow();
  const ended = reflection.ended.then(async (how) => {
    controller.abort();
    await following;
    return how;
  });
  return {
    setKinds: reflection.setKinds,
    async stop() {
      controller.abort();
      await following;
      await reflection.stop();
      await ended;
    },
    ended,
  };
}

/** The same sink, saying when a definition came, changed or went. */
function noticing(sink: Sink, onDefinition: () => void): Sink {
  return {
    ...sink,
    async store(batch) {
      await sink.store(batch);
      const isDefinition = definitions.has(qualifiedName(batch.kind));
      if (isDefinition && batch.puts.length + batch.deletes.length > 0) onDefinition();
    },
  };
}
