import {
  type ClusterClient,
  type ClusterEndpoint,
  createClusterClient,
  type Pacing,
  type Retirable,
  reflectServed,
  systemClock,
  workerIdentity,
} from '@quarterdeck/kubernetes';
import type { AddressGuard } from '@quarterdeck/outbound';
import type { InventoryStore } from './inventory.store.ts';
import { createInventorySink } from './inventory-sink.ts';
import type { RbacStore } from './rbac.store.ts';
import type { Note, WatchEnd, WatchOrder } from './thread-messages.ts';

/** The watching of one cluster, wherever it takes place. */
export interface ClusterWatch {
  /** A renewed credential: what is open goes on until its own end, everything new takes the new one. No watch is cut. */
  swap(endpoint: ClusterEndpoint): void;
  /** Stores what is in hand. */
  stop(): Promise<void>;
  readonly ended: Promise<WatchEnd>;
}

/** Longer than any watch lasts. */
const drainMs = 11 * 60_000;

/** Watches all that a cluster serves, from the socket to the row. */
export function watchCluster(
  deps: {
    store: InventoryStore;
    rbac: RbacStore;
    guard: AddressGuard;
    pacing: Pacing;
    note: (note: Note) => void;
  },
  order: WatchOrder,
): ClusterWatch {
  const { store, rbac, guard, pacing } = deps;
  const clients = new Set<ClusterClient & Retirable>();
  let current = dial(order.endpoint);

  function dial(endpoint: ClusterEndpoint): ClusterClient & Retirable {
    const client = createClusterClient({ endpoint, guard });
    clients.add(client);
    return client;
  }

  async function close(client: ClusterClient & Retirable): Promise<void> {
    if (clients.delete(client)) await client.close();
  }

  function warn(message: string, about: Record<string, unknown> = {}, error?: unknown): void {
    tell('warn', message, about, error);
  }
  function tell(level: Note['level'], message: string, about: Record<string, unknown>, error?: unknown): void {
    const shown = error === undefined ? {} : { error: shownError(error) };
    deps.note({ level, message, about: { cluster: order.slug, ...about }, ...shown });
  }

  const sink = createInventorySink({
    store,
    rbac,
    fence: order.fence,
    now: systemClock.now,
    onEventsDropped: (count) => warn('more events than are kept, some were left out', { count }),
  });
  const reflection = reflectServed({
    cluster: order.clusterId,
    connect: async () => current,
    identity: workerIdentity,
    sink,
    clock: systemClock,
    pacing,
    spreadMs: order.spreadMs,
    onSkipped: () => warn('object too large, left out'),
    onBeyond: (kinds) => warn('more kinds than are watched, some were left out', { kinds }),
    onFailure: (error) => warn('discovery failed, asked again soon', {}, error),
    onDefect: (error, kind) => tell('error', 'watching a kind ended', { kind: kind.kind }, error),
  });

  return {
    swap(endpoint) {
      const former = current;
      current = dial(endpoint);
      const reason = 'The credential of the cluster was renewed long ago.';
      void former.retire({ streams: 'finish', withinMs: drainMs, reason }).then(() => clients.delete(former));
    },
    stop: () => reflection.stop(),
    ended: reflection.ended.then(async (how) => {
      if (how === 'stopped') await sink.flush().catch((error: unknown) => warn('positions were not stored', {}, error));
      await Promise.all([...clients].map(close));
      return how;
    }),
  };
}

/** What a log shows of an error, fit to cross from one thread to another. */
export function shownError(error: unknown): NonNullable<Note['error']> {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: undefined };
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return { name: error.name, message: `${error.message}${cause}`, stack: error.stack };
}
