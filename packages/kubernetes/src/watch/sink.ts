import type { WatchedKind } from '../kinds/kind.ts';
import type { EventRow, ObjectKey, ObjectRow } from '../projection/row.ts';

export type WatchState = 'syncing' | 'streaming' | 'stale' | 'forbidden' | 'capped';

/** What changed in one kind of one cluster: deletes are stored first, then puts, the version last. One put per name. */
export type WatchBatch = {
  kind: WatchedKind;
  puts: readonly ObjectRow[];
  deletes: readonly ObjectKey[];
  events: readonly EventRow[];
  /** Where a watch resumes once this batch is stored; left out while a full sync is under way. */
  resourceVersion?: string;
  /** Nothing but a version, of a watch in which nothing happens: it may be stored together with others, within a minute. */
  mayWait?: true;
  /** Objects that were too large to be read; `since` the batch before, or the start of the full sync that this one ends. */
  skipped?: { count: number; since: 'batch' | 'sync' };
  /** Ends a full sync: uids of all that exists. Stored rows of the kind that are not among them go. */
  complete?: ReadonlySet<string>;
};

/** Where a kind of a cluster was left. */
export type StoredPosition = { resourceVersion: string | undefined; rows: number };

/**
 * Takes what a cluster's reflectors see. Every method resolves once it is stored: that is the back-pressure; a kind has
 * one batch under way at a time. Raises
 * `FenceLostError` when another worker owns the cluster; any other error is tried again from the stored position.
 */
export interface Sink {
  position(kind: WatchedKind): Promise<StoredPosition>;
  /** How many stored rows a full sync would delete. */
  countUnseen(kind: WatchedKind, seen: ReadonlySet<string>): Promise<{ unseen: number; rows: number }>;
  store(batch: WatchBatch): Promise<void>;
  /** @param reason a sentence for people, unless all is well */
  changeState(kind: WatchedKind, state: WatchState, reason?: string): Promise<void>;
  /** The cluster serves these kinds. With `forgetOthers` rows and positions of all other kinds go. */
  serves(kinds: readonly WatchedKind[], options: { forgetOthers: boolean }): Promise<void>;
}

/** Another worker watches this cluster now: stop, write nothing more. */
export class FenceLostError extends Error {
  constructor() {
    super('Another worker watches this cluster now');
    this.name = 'FenceLostError';
  }
}

/** The sink could not store; what it had in hand is read again from the stored position. */
export class SinkError extends Error {
  constructor(cause: unknown) {
    super('Rows could not be stored', { cause });
    this.name = 'SinkError';
  }
}
