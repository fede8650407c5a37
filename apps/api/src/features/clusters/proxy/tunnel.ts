import type { Duplex } from 'node:stream';

export type TunnelEnd = { reason: 'closed' | 'too slow' };

const lookMs = 5000;
/** What one side has left unsent gets so long once the other has gone. */
const lastWordsMs = 5000;

/**
 * Joins two sockets, bytes as they come, each side read only as fast as the other takes. Resolves when both are gone.
 */
export function joinSockets(client: Duplex, upstream: Duplex, { stuckMs }: { stuckMs: number }): Promise<TunnelEnd> {
  return new Promise((resolve) => {
    const sides = [client, upstream];
    let reason: TunnelEnd['reason'] = 'closed';
    const destroy = () => {
      for (const side of sides) side.destroy();
    };
    const since = new Map<Duplex, number>();
    const watch = setInterval(
      () => {
        for (const side of sides) {
          if (!side.writableNeedDrain) since.delete(side);
          else if (!since.has(side)) since.set(side, performance.now());
          else if (performance.now() - (since.get(side) ?? 0) > stuckMs) {
            reason = 'too slow';
            destroy();
          }
        }
      },
      Math.min(lookMs, stuckMs),
    );
    for (const side of sides) {
      const other = side === client ? upstream : client;
      // What broke closes as well; what the other has left to say still goes.
      side.on('error', () => {});
      side.on('drain', () => since.delete(side));
      side.once('close', () => {
        if (!other.destroyed) {
          other.end();
          setTimeout(destroy, lastWordsMs).unref();
        }
        settle();
      });
    }
    client.pipe(upstream);
    upstream.pipe(client);
    // One of them may have gone before anybody listened.
    if (sides.some(({ destroyed }) => destroyed)) destroy();
    settle();

    function settle(): void {
      if (!sides.every(({ closed }) => closed)) return;
      clearInterval(watch);
      resolve({ reason });
    }
  });
}
