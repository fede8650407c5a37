import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import type { LiveView } from '@quarterdeck/contracts';
import { z } from 'zod';
import { createHttpServer } from '../http/server.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createLiveHub } from './live-hub.ts';
import { createStreamLimits } from './stream-limits.ts';

/** What the process tells: where it listens, then how it is each time it is asked. */
export type SlowReadersMessage = { port: number } | { sockets: number; mostUnsent: number; rssBytes: number };

/**
 * Live updates that never end, as fast as they are taken, in a process of its own, so that its memory is its own.
 * Takes the milliseconds a reader may be stuck as its argument. Needs `--expose-gc`.
 */
const [, , stuckMs] = process.argv;
const logger = createLogger({ level: 'silent' });
let readers = 0;
const app = await createHttpServer({
  logger,
  publicOrigins: ['http://localhost:8080'],
  trustedProxies: [],
  authenticator: {
    authenticate: async () => {
      readers += 1;
      return { kind: 'system', name: `reader-${readers}`, permissions: ['identity:self'] };
    },
  },
});
const live = createLiveHub({
  authorizer: { check: async () => {} },
  revocations: { guard: () => () => {}, guarded: 0, close() {} },
  limits: createStreamLimits(),
  sightOf: async () => 'all',
  logger,
  pace: { unsentBytes: 65_536, stuckMs: Number(stuckMs) },
});
const view = {
  name: 'test.endless',
  summary: 'rows without an end',
  permission: 'clusters:read',
  params: z.strictObject({}),
  row: z.object({ id: z.string() }),
} satisfies LiveView;
const rows = [{ id: 'a', text: 'x'.repeat(16_000) }];
live.register(view, {
  async open(subscription) {
    let closed = false;
    const flow = async () => {
      while (!closed) {
        subscription.send({ type: 'delta', id: subscription.id, puts: rows, dels: [] });
        await turn();
      }
    };
    void flow();
    return () => {
      closed = true;
    };
  },
});
live.mount(app);
await app.listen({ host: '127.0.0.1', port: 0 });
tell({ port: (app.server.address() as AddressInfo).port });
process.on('message', () => {
  globalThis.gc?.();
  const unsent = [...app.websocketServer.clients].map(({ bufferedAmount }) => bufferedAmount);
  tell({ sockets: live.sockets, mostUnsent: Math.max(0, ...unsent), rssBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());

function tell(message: SlowReadersMessage): void {
  process.send?.(message);
}
