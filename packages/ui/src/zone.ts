import { useSyncExternalStore } from 'react';

/** In which zone times are written: the reader's own, or UTC. */
export type Zone = 'local' | 'utc';

const key = 'quarterdeck.zone';
const listeners = new Set<() => void>();
let zone: Zone = read();

function read(): Zone {
  // Not in tests, which have no browser.
  return globalThis.localStorage?.getItem(key) === 'utc' ? 'utc' : 'local';
}

/** Every time on every page follows; kept in this browser. */
export function setZone(next: Zone): void {
  zone = next;
  localStorage.setItem(key, next);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useZone(): Zone {
  return useSyncExternalStore(subscribe, () => zone);
}

/** Minutes east of UTC at a time; 0 where times are written in UTC. */
export function offsetOf(at: Date, written: Zone): number {
  return written === 'utc' ? 0 : -at.getTimezoneOffset();
}
