import { AppError } from '../errors.ts';

/** How many streams (live sockets, followed logs, watches) may be open in this process at once. */
export type StreamCaps = {
  user: number;
  cluster: number;
  process: number;
  /** Logs of one account that are followed together with others, over all its streams. */
  sources: number;
};

export const defaultStreamCaps: StreamCaps = { user: 50, cluster: 500, process: 5000, sources: 200 };

export interface StreamLimits {
  /**
   * Takes a place until the returned function is called; calling it again does nothing.
   * @param account whose stream it is
   * @param clusterId the one cluster it reads from, if it is one
   * @throws AppError `rate_limited` 429, with what to close
   */
  take(account: string, clusterId?: string): () => void;
  /**
   * The same for one of the logs that a stream mixes: it counts among those of its cluster.
   * @throws AppError `rate_limited` 429, with what to close
   */
  takeSource(account: string, clusterId: string): () => void;
  readonly open: number;
}

const retryAfterSeconds = 5;

/** Counts open streams, so that neither one person nor one cluster can use up what all share. */
export function createStreamLimits(caps: StreamCaps = defaultStreamCaps): StreamLimits {
  const accounts = new Map<string, number>();
  const clusters = new Map<string, number>();
  const sources = new Map<string, number>();
  let open = 0;

  function refuseFull(account: string, clusterId: string | undefined): void {
    if ((accounts.get(account) ?? 0) >= caps.user) {
      throw full(
        `You have ${caps.user} streams open, which is the most. Close a tab or a followed log, then try again.`,
      );
    }
    if (clusterId !== undefined) refuseFullCluster(clusterId);
    if (open >= caps.process) {
      throw full('This server has as many open streams as it can carry. Try again in a moment.');
    }
  }

  function refuseFullCluster(clusterId: string): void {
    if ((clusters.get(clusterId) ?? 0) >= caps.cluster) {
      throw full(
        `${caps.cluster} streams of this cluster are open already, which is the most. Read without following, or try again later.`,
      );
    }
  }

  return {
    takeSource(account, clusterId) {
      if ((sources.get(account) ?? 0) >= caps.sources)
        throw full(
          `You follow ${caps.sources} logs, which is the most. Choose fewer pods, or close another view of logs.`,
        );
      refuseFullCluster(clusterId);
      add(sources, account, 1);
      add(clusters, clusterId, 1);
      return once(() => {
        add(sources, account, -1);
        add(clusters, clusterId, -1);
      });
    },
    take(account, clusterId) {
      refuseFull(account, clusterId);
      open += 1;
      add(accounts, account, 1);
      if (clusterId !== undefined) add(clusters, clusterId, 1);
      return once(() => {
        open -= 1;
        add(accounts, account, -1);
        if (clusterId !== undefined) add(clusters, clusterId, -1);
      });
    },
    get open() {
      return open;
    },
  };
}

function once(give: () => void): () => void {
  let isHeld = true;
  return () => {
    if (isHeld) give();
    isHeld = false;
  };
}

function full(detail: string): AppError {
  return new AppError('rate_limited', 429, detail, { retryAfterSeconds });
}

/** Whoever has none is forgotten: the map holds only accounts and clusters with open streams. */
function add(counts: Map<string, number>, key: string, by: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + by;
  if (next === 0) counts.delete(key);
  else counts.set(key, next);
}
