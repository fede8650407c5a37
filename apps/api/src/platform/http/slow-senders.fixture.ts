import type { AddressInfo } from 'node:net';
import { createLogger } from '../telemetry/logger.ts';
import { createHttpServer } from './server.ts';

/** What the process tells: where it listens; each time it is asked, its memory and how many bodies it refused as too large. */
export type SlowSendersMessage = { port: number } | { rssBytes: number; tooLarge: number };

/** The edge with one route that takes bodies, in a process of its own, whose memory is its own. Needs `--expose-gc`. */
const app = await createHttpServer({
  logger: createLogger({ level: 'silent' }),
  publicOrigins: ['http://localhost:8080'],
  trustedProxies: [],
  authenticator: { authenticate: async () => undefined },
});
let tooLarge = 0;
app.addHook('onSend', async (_request, reply) => {
  if (reply.statusCode === 413) tooLarge += 1;
});
app.post('/api/v1/take', { config: { permission: 'public' } }, async () => ({ taken: true }));
app.get('/api/v1/ping', { config: { permission: 'public' } }, async () => ({ pong: true }));
await app.listen({ host: '127.0.0.1', port: 0 });
tell({ port: (app.server.address() as AddressInfo).port });
process.on('message', () => {
  globalThis.gc?.();
  tell({ rssBytes: process.memoryUsage.rss(), tooLarge });
});
process.on('disconnect', () => process.exit());

function tell(message: SlowSendersMessage): void {
  process.send?.(message);
}
