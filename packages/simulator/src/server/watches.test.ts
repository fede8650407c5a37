import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kindOf } from '../objects/kinds.ts';
import { createObjectStore } from '../objects/store.ts';
import { watchObjects } from './watches.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A client that reads on, but takes its time to close. */
function slowClient() {
  let ended = false;
  let late = 0;
  const response = Object.assign(new EventEmitter(), {
    writeHead: () => undefined,
    flushHeaders: () => undefined,
    write: () => {
      if (ended) late += 1;
      return true;
    },
    end: () => {
      ended = true;
    },
  });
  return { response: response as unknown as ServerResponse, ended: () => ended, late: () => late };
}

describe('a watch whose time is up', () => {
  it('writes nothing more, though its client has not closed yet', () => {
    const kind = kindOf('', 'configmaps');
    if (kind === undefined) throw new Error('The simulator knows no ConfigMaps.');
    const store = createObjectStore({ firstVersion: 1 });
    const client = slowClient();
    const query = new URLSearchParams({ allowWatchBookmarks: 'true', timeoutSeconds: '5' });
    watchObjects(store, { kind, query, show: (object) => object }, client.response);
    vi.advanceTimersByTime(5000);
    expect(client.ended()).toBe(true);
    vi.advanceTimersByTime(120_000);
    store.put(kind, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'late', namespace: 'shop' } } as never);
    expect(client.late()).toBe(0);
  });
});
