import type { Queryable } from '@quarterdeck/database';

/** Long enough to take a burst together, and nobody waits for it. */
const gatherMs = 20;

export type Soon = ReturnType<typeof createSoon>;

/**
 * Wake-ups that are gathered for a moment and sent together. PostgreSQL lets one transaction with a notification commit
 * after the other, so a NOTIFY in each of hundreds a second makes them wait for one another. A wake-up that is lost is
 * made up for by the sweeps.
 */
export function createSoon(pool: Queryable) {
  const waiting = new Map<string, { channel: string; payload: string }>();
  let timer: NodeJS.Timeout | undefined;

  function send(): void {
    timer = undefined;
    const all = [...waiting.values()];
    waiting.clear();
    pool
      .query('SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS wake (channel, payload)', [
        all.map(({ channel }) => channel),
        all.map(({ payload }) => payload),
      ])
      .catch(() => {});
  }

  function notify(channel: string, content: Record<string, string>): void {
    const payload = JSON.stringify(content);
    waiting.set(`${channel} ${payload}`, { channel, payload });
    timer ??= setTimeout(send, gatherMs);
  }

  return {
    /** A loop of the workers has something to do. */
    wake: (queue: 'hook.process' | 'candidate.settle' | 'outbound.deliver') => notify('quarterdeck_jobs', { queue }),
    /** Pages that show events of the project look again. @param projectId a uuid */
    tellPages: (projectId: string) => notify('quarterdeck_rows', { view: 'pipelines.deliveries', key: projectId }),
    close: () => clearTimeout(timer),
  };
}
