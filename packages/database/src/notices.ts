/** How long whoever comes after a message waits for others, ms. */
const gatherMs = 10;

/** Wake-ups for whoever listens. */
export interface Notices {
  send(channel: string, payload: string): void;
  close(): void;
}

/**
 * The first goes at once, those that come right after it together, each once. PostgreSQL lets one transaction with a
 * notification commit after the other, so that hundreds a second would wait for one another's disk; nothing is written
 * in ours. A wake-up that is lost, as when the process dies right after a commit, is made up for by those who listen.
 * @param query a statement on any connection that is free
 */
export function createNotices(query: (sql: string, values: readonly unknown[]) => Promise<unknown>): Notices {
  const waiting = new Map<string, { channel: string; payload: string }>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function flush(): void {
    timer = undefined;
    if (waiting.size === 0 || closed) return;
    const all = [...waiting.values()];
    waiting.clear();
    timer = setTimeout(flush, gatherMs);
    query('SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS wake (channel, payload)', [
      all.map(({ channel }) => channel),
      all.map(({ payload }) => payload),
    ]).catch(() => {});
  }

  return {
    send(channel, payload) {
      waiting.set(`${channel} ${payload}`, { channel, payload });
      timer ??= setTimeout(flush);
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
