import type { WatchedKind } from '../kinds/kind.ts';
import { type ReflectorOptions, runReflector } from './reflector.ts';
import { FenceLostError } from './sink.ts';

export type ClusterReflection = {
  /** Ends all watches, stores what is in hand. */
  stop(): Promise<void>;
  /** Resolves when all watches ended: by `stop`, or because another worker owns the cluster. */
  readonly ended: Promise<'stopped' | 'fence_lost'>;
};

/** Keeps rows of every kind of one cluster. No kind waits for another; one that fails leaves the others alone. */
export function reflectCluster(
  options: Omit<ReflectorOptions, 'kind' | 'signal'> & {
    kinds: readonly WatchedKind[];
    /** A defect of ours; the kind stops until the next start. */
    onDefect: (error: unknown, kind: WatchedKind) => void;
  },
): ClusterReflection {
  const { kinds, onDefect, ...shared } = options;
  const controller = new AbortController();
  let fenceLost = false;

  async function run(kind: WatchedKind): Promise<void> {
    try {
      await runReflector({ ...shared, kind, signal: controller.signal });
    } catch (error) {
      if (!(error instanceof FenceLostError)) return onDefect(error, kind);
      fenceLost = true;
      controller.abort();
    }
  }

  const ended = Promise.all(kinds.map(run)).then(() => (fenceLost ? ('fence_lost' as const) : ('stopped' as const)));
  return {
    async stop() {
      controller.abort();
      await ended;
    },
    ended,
  };
}
