import { access } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { createApp } from '../app.ts';
import type { Composition } from '../compose.ts';
import type { Config } from '../config.ts';
import { startFollowLoop } from '../features/clusters/index.ts';
import type { RequestObserver } from '../platform/telemetry/metrics.ts';
import { explainListen } from './explain-listen.ts';

export type RunningServer = { close(): Promise<void> };

/**
 * Listens and serves the API and, where it is built, the portal.
 * @throws ConfigError when the address is taken or not ours
 */
export async function startServer(
  composition: Composition,
  metrics?: { observe: RequestObserver },
): Promise<RunningServer> {
  const { config } = composition;
  const portalDir = path.resolve(config.portalDir);
  const built = await access(path.join(portalDir, 'index.html')).then(
    () => true,
    () => false,
  );
  const app = await createApp(composition, {
    ...(built ? { portalDir } : {}),
    ...(metrics === undefined ? {} : { observe: metrics.observe }),
  });
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await app.close();
    throw explainListen(error, { host: config.host, port: config.port, flag: '--port ' });
  }
  const following = startFollowLoop({ connections: composition.connections, logger: composition.logger });
  return {
    async close() {
      await following.stop();
      await app.close();
      await composition.connections.close();
    },
  };
}

/**
 * Asks for the address and gives it back: whoever starts a database and a fleet first would hear of it last.
 * @throws ConfigError when the address is taken or not ours
 */
export function checkAddress({ host, port }: Pick<Config, 'host' | 'port'>): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => reject(explainListen(error, { host, port, flag: '--port ' })));
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
