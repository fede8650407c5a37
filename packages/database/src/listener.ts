import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { connectPrimary } from './connections.ts';
import type { Hosts } from './hosts.ts';

export interface Listener {
  listen(channel: string, handler: (payload: string | undefined) => void): () => void;
  close(): Promise<void>;
}

const retryMs = 500;
const connectTimeoutMs = 2000;

/**
 * One connection for all channels, opened at the first `listen`. After a reconnect every handler gets `undefined`:
 * notifications sent meanwhile are lost, so anything may have changed.
 */
export function createListener(options: { hosts: Hosts; onWarning: (error: unknown) => void }): Listener {
  const handlers = new Map<string, Set<(payload: string | undefined) => void>>();
  const closing = new AbortController();
  let client: pg.Client | undefined;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let connectedBefore = false;
    while (!closing.signal.aborted) {
      let current: pg.Client | undefined;
      try {
        const opened = await connectPrimary(options.hosts, {
          application_name: 'quarterdeck-listen',
          keepAlive: true,
          connectionTimeoutMillis: connectTimeoutMs,
        });
        current = opened;
        const ended = new Promise<void>((resolve) => {
          opened.on('error', (error) => {
            options.onWarning(error);
            resolve();
          });
          opened.on('end', () => resolve());
          // Closed while it was being opened: nobody else knows of it yet, so nobody else ends it.
          if (closing.signal.aborted) resolve();
        });
        opened.on('notification', ({ channel, payload }) => {
          for (const handler of handlers.get(channel) ?? []) handler(payload ?? '');
        });
        for (const channel of handlers.keys()) await opened.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
        client = opened;
        if (connectedBefore) for (const all of handlers.values()) for (const handler of all) handler(undefined);
        connectedBefore = true;
        await ended;
      } catch (error) {
        options.onWarning(error);
      }
      client = undefined;
      await current?.end().catch(() => {});
      await wait(retryMs, undefined, { signal: closing.signal }).catch(() => {});
    }
  }

  return {
    listen(channel, handler) {
      const existing = handlers.get(channel);
      const all = existing ?? new Set();
      all.add(handler);
      handlers.set(channel, all);
      if (existing === undefined) client?.query(`LISTEN ${pg.escapeIdentifier(channel)}`).catch(options.onWarning);
      running ??= run();
      return () => void all.delete(handler);
    },
    async close() {
      closing.abort();
      await client?.end().catch(() => {});
      await running;
    },
  };
}
