import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { mountStream } from '../events/mount-stream.ts';
import { createStreamLimits } from '../events/stream-limits.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createHttpServer } from './server.ts';

/** What the process tells: where it listens, then how it is each time it is asked. */
export type UpgradeServerMessage = { port: number } | { open: number; rssBytes: number };

/**
 * The edge with one stream, in a process of its own, so that whatever ends a process ends this one and not the test.
 * It sends back what it is sent. Needs `--expose-gc`.
 */
const limits = createStreamLimits({ user: 100_000, cluster: 1, process: 100_000, sources: 100_000 });
const app = await createHttpServer({
  logger: createLogger({ level: 'silent' }),
  publicOrigins: ['http://localhost:8080'],
  trustedProxies: [],
  authenticator: {
    async authenticate() {
      // As a look into a database: the connection may go while nobody knows yet whose it is.
      for (let index = 0; index < 5; index += 1) await turn();
      return { kind: 'system', name: 'tester', permissions: ['identity:self'] };
    },
  },
});
mountStream(
  app,
  { path: '/live', subprotocol: 'quarterdeck.live.v1', permission: 'identity:self' },
  {
    limits,
    admit: async () => ({ asked: undefined }),
    serve(socket) {
      socket.on('message', (data) => socket.send(data));
      socket.on('error', () => socket.terminate());
    },
  },
);
await app.listen({ host: '127.0.0.1', port: 0 });
tell({ port: (app.server.address() as AddressInfo).port });
process.on('message', () => {
  globalThis.gc?.();
  tell({ open: limits.open, rssBytes: process.memoryUsage.rss() });
});
process.on('disconnect', () => process.exit());

function tell(message: UpgradeServerMessage): void {
  process.send?.(message);
}
