import type { KubeObject } from './json.ts';

export type WatchState = 'syncing' | 'streaming' | 'stale' | 'forbidden';

export type ObjectKey = { namespace: string; name: string; uid: string };

/** Raised by a sink whose right to write is lost: the reflector ends. */
export class FenceLostError extends Error {
  constructor() {
    super('Another worker watches this cluster now');
    this.name = 'FenceLostError';
  }
}

/** Where a reflector puts what it sees. Every call may raise `FenceLostError`. */
export interface Sink {
  /** Objects as the cluster has them now. */
  put(objects: readonly KubeObject[]): Promise<void>;
  remove(keys: readonly ObjectKey[]): Promise<void>;
  /** The end of a full list: what it did not hold goes, and its version is where the watch goes on. */
  completeSync(seenUids: ReadonlySet<string>, resourceVersion: string): Promise<void>;
  /** How many objects are stored, to doubt a list that suddenly holds far fewer. */
  count(): Promise<number>;
  /** All events up to this version are written. */
  version(resourceVersion: string): Promise<void>;
  state(state: WatchState, error?: string): Promise<void>;
  /** An object too large to read was passed over. */
  skipped(bytes: number): void;
}

/** Time and chance, so that tests own both. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Ends early without an error when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** 0 ≤ n < 1 */
  random(): number;
}
