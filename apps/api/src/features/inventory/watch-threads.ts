import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DatabaseAccess } from '@quarterdeck/database';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { FromThread, Note, ThreadSetup, ToThread, WatchEnd, WatchOrder } from './thread-messages.ts';
import type { ClusterWatch } from './watch-cluster.ts';

/** Where clusters are watched. */
export interface ClusterWatches {
  watch(order: WatchOrder): ClusterWatch;
  /** Ends what is still watched. */
  close(): Promise<void>;
}

const mostThreads = 4;
/** Connections to PostgreSQL of all threads together. */
const connections = 8;
/** A list of 200,000 objects takes a fifth of it; a thread that needs more ends alone. */
const heapMb = 1024;
/** What is parsed is garbage at once: more room for it is more memory and no less work. */
const youngHeapMb = 16;
const pingMs = 10_000;
/** A thread that leaves so many pings unanswered does not run any more. Counted, since a paused process misses time. */
const lostPings = 4;
/** Stopping stores what is in hand; whoever takes longer is not waited for. */
const stopMs = 4000;

type Thread = {
  worker: Worker;
  watches: Map<number, (how: WatchEnd) => void>;
  unanswered: number;
  exited: Promise<void>;
};

/**
 * Watches clusters in threads of this process: a cluster lives in one of them, the one with the fewest when it came.
 * Where a thread fails or hangs, its clusters end with `thread_lost`, and whoever asks for them again gets another.
 * @param options.threads as many as cores but one, at most four, unless told
 * @param options.start how a thread is started; a test keeps hold of it
 */
export function createWatchThreads(options: {
  database: DatabaseAccess;
  addressAllow: readonly string[];
  logger: Logger;
  threads?: number;
  start?: (setup: ThreadSetup) => Worker;
}): ClusterWatches {
  const { logger, start = startWatchThread } = options;
  const count = options.threads ?? Math.max(1, Math.min(mostThreads, availableParallelism() - 1));
  const setup: ThreadSetup = {
    database: options.database,
    addressAllow: options.addressAllow,
    connections: Math.max(2, Math.floor(connections / count)),
    threads: count,
  };
  const threads = new Set<Thread>();
  let lastWatch = 0;
  let timer: NodeJS.Timeout | undefined;

  function open(): Thread {
    const worker = start(setup);
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const thread: Thread = { worker, watches: new Map(), unanswered: 0, exited };
    threads.add(thread);
    worker.on('message', (message: FromThread) => {
      thread.unanswered = 0;
      if (message.is === 'note') log(logger, message.note);
      if (message.is === 'ended') end(thread, message.watch, message.how);
    });
    worker.on('error', (error) => logger.error({ err: error }, 'a watch thread failed'));
    void exited.then(() => {
      threads.delete(thread);
      for (const watch of [...thread.watches.keys()]) end(thread, watch, 'thread_lost');
      if (threads.size === 0) clearInterval(timer);
    });
    if (threads.size === 1) timer = setInterval(ping, pingMs).unref();
    return thread;
  }

  function end({ watches }: Thread, watch: number, how: WatchEnd): void {
    watches.get(watch)?.(how);
    watches.delete(watch);
  }

  function ping(): void {
    for (const thread of threads) {
      if (thread.unanswered >= lostPings) {
        logger.error({ clusters: thread.watches.size }, 'a watch thread hangs and is ended');
        void thread.worker.terminate();
        continue;
      }
      thread.unanswered += 1;
      send(thread, { do: 'ping' });
    }
  }

  function leastBusy(): Thread {
    const [least] = [...threads].toSorted((one, other) => one.watches.size - other.watches.size);
    return least === undefined || (least.watches.size > 0 && threads.size < count) ? open() : least;
  }

  // Opening one takes half a second of CPU: the first cluster does not wait for it.
  open();
  return {
    watch(order) {
      const thread = leastBusy();
      lastWatch += 1;
      const watch = lastWatch;
      const ended = new Promise<WatchEnd>((resolve) => thread.watches.set(watch, resolve));
      send(thread, { do: 'watch', watch, order });
      return {
        ended,
        swap: (endpoint) => send(thread, { do: 'swap', watch, endpoint }),
        async stop() {
          send(thread, { do: 'stop', watch });
          await endedOr(ended, () => thread.worker.terminate());
        },
      };
    },
    async close() {
      await Promise.all(
        [...threads].map((thread) => {
          send(thread, { do: 'close' });
          return endedOr(thread.exited, () => thread.worker.terminate());
        }),
      );
    },
  };
}

export function startWatchThread(setup: ThreadSetup): Worker {
  return new Worker(new URL('./watch-thread.ts', import.meta.url), {
    name: 'watch',
    workerData: setup,
    resourceLimits: { maxOldGenerationSizeMb: heapMb, maxYoungGenerationSizeMb: youngHeapMb },
  });
}

function send({ worker }: Thread, message: ToThread): void {
  worker.postMessage(message);
}

/** Waits for an end, and brings it about where it does not come by itself. */
async function endedOr(ended: Promise<unknown>, force: () => Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, stopMs, 'late');
  });
  if ((await Promise.race([ended, late])) === 'late') await force();
  clearTimeout(timer);
}

function log(logger: Logger, { level, message, about, error }: Note): void {
  const shown = error === undefined ? {} : { err: Object.assign(new Error(error.message), error) };
  logger[level]({ ...about, ...shown }, message);
}
