import { collectionPath, qualifiedName, type WatchedKind } from '../kinds/kind.ts';
import { sleep } from './clock.ts';
import { type ReflectorOptions, runReflector } from './reflector.ts';
import { FenceLostError } from './sink.ts';
import { createStoreVersion } from './store-version.ts';

export type ClusterReflection = {
  /** Starts watches of kinds that are new, ends those of kinds that are not among these, leaves the others alone. */
  setKinds(kinds: readonly WatchedKind[]): Promise<void>;
  /** Ends all watches, stores what is in hand. */
  stop(): Promise<void>;
  /** Resolves when all watches ended: by `stop`, or because another worker owns the cluster. */
  readonly ended: Promise<'stopped' | 'fence_lost'>;
};

export type ReflectionOptions = Omit<ReflectorOptions, 'kind' | 'signal' | 'storeVersion'> & {
  /** The kinds start over this time, in their order, instead of together. */
  spreadMs?: number;
  /** A defect of ours; the kind stops until the next start. */
  onDefect: (error: unknown, kind: WatchedKind) => void;
};

type Running = { watch: string; stop: () => Promise<void> };

/** Keeps rows of several kinds of one cluster. No kind waits for another; one that fails leaves the others alone. */
export function reflectCluster(options: ReflectionOptions & { kinds: readonly WatchedKind[] }): ClusterReflection {
  const { kinds, onDefect, spreadMs = 0, ...given } = options;
  const shared = { ...given, storeVersion: createStoreVersion(given.clock) };
  const running = new Map<string, Running>();
  let ending: Promise<void> | undefined;
  let end: (how: 'stopped' | 'fence_lost') => void = () => {};
  const ended = new Promise<'stopped' | 'fence_lost'>((resolve) => {
    end = resolve;
  });

  function endAll(how: 'stopped' | 'fence_lost'): Promise<void> {
    ending ??= Promise.all([...running.values()].map(({ stop }) => stop())).then(() => end(how));
    return ending;
  }

  function start(kind: WatchedKind, delayMs = 0): void {
    const controller = new AbortController();
    const { signal } = controller;
    const begun = delayMs > 0 ? sleep(shared.clock, delayMs, signal) : Promise.resolve();
    const work = begun
      .then(() => runReflector({ ...shared, kind, signal }))
      .catch((error: unknown) => {
        // Not awaited here: the end of all watches waits for this one, too.
        if (error instanceof FenceLostError) void endAll('fence_lost');
        else onDefect(error, kind);
      });
    running.set(qualifiedName(kind), {
      watch: watchOf(kind),
      async stop() {
        controller.abort();
        await work;
      },
    });
  }

  async function setKinds(wanted: readonly WatchedKind[]): Promise<void> {
    const watches = new Map(wanted.map((kind) => [qualifiedName(kind), watchOf(kind)] as const));
    for (const [name, { watch, stop }] of [...running]) {
      if (watches.get(name) === watch) continue;
      await stop();
      running.delete(name);
    }
    for (const kind of wanted) if (ending === undefined && !running.has(qualifiedName(kind))) start(kind);
  }

  for (const [place, kind] of kinds.entries()) start(kind, ((place + shared.clock.random()) / kinds.length) * spreadMs);
  return { setKinds, stop: () => endAll('stopped'), ended };
}

/** What a watch asks for and how its objects are read: one that differs is another watch. */
function watchOf(kind: WatchedKind): string {
  return `${collectionPath(kind)} ${kind.metadataOnly === true} ${kind.projection ?? ''}`;
}
