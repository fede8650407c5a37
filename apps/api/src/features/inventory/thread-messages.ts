import type { DatabaseAccess } from '@quarterdeck/database';
import type { ClusterEndpoint } from '@quarterdeck/kubernetes';
import type { Fence } from './inventory.store.ts';

/** What a thread is started with. */
export type ThreadSetup = {
  database: DatabaseAccess;
  /** Connections to PostgreSQL it may open. */
  connections: number;
  /** `CIDR:port` entries of the address guard. */
  addressAllow: readonly string[];
  /** How many threads share what a worker may ask of its clusters. */
  threads: number;
};

/** A cluster to be watched under a fence, and the way to it, its credential included. */
export type WatchOrder = {
  clusterId: string;
  slug: string;
  fence: Fence;
  endpoint: ClusterEndpoint;
  /** Its watches open over this time, ms. */
  spreadMs: number;
};

/** How the watching of a cluster ended by itself, or was ended. */
export type WatchEnd = 'stopped' | 'fence_lost' | 'thread_lost';

export type Note = {
  level: 'warn' | 'error';
  message: string;
  about: Record<string, unknown>;
  /** Of an error all that a log shows. */
  error?: { name: string; message: string; stack: string | undefined };
};

/** `watch` numbers an order within its thread. */
export type ToThread =
  | { do: 'watch'; watch: number; order: WatchOrder }
  | { do: 'swap'; watch: number; endpoint: ClusterEndpoint }
  | { do: 'stop'; watch: number }
  | { do: 'ping' }
  | { do: 'close' };

export type FromThread = { is: 'ended'; watch: number; how: WatchEnd } | { is: 'note'; note: Note } | { is: 'alive' };
