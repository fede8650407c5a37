import { access } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { createApp } from '../app.ts';
import type { Composition } from '../compose.ts';
import { type Config, ConfigError } from '../config.ts';

export type RunningServer = { close(): Promise<void> };

/**
 * Listens and serves the API and, where it is built, the portal.
 * @throws ConfigError when the address is taken or not ours
 */
export async function startServer(composition: Composition): Promise<RunningServer> {
  const { config } = composition;
  const portalDir = path.resolve(config.portalDir);
  const built = await access(path.join(portalDir, 'index.html')).then(
    () => true,
    () => false,
  );
  const app = await createApp(composition, built ? { portalDir } : {});
  try {
    await app.listen({ host: config.host, port: config.port });
  } catch (error) {
    await app.close();
    throw explainListen(error, config.host, config.port);
  }
  return {
    async close() {
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
    server.once('error', (error) => reject(explainListen(error, host, port)));
    server.listen(port, host, () => server.close(() => resolve()));
  });
}

function explainListen(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new ConfigError(
      `Port ${port} on ${host} is in use. End the program that holds it, or take another: --port ${port + 1}.`,
    );
  }
  if (code === 'EACCES')
    return new ConfigError(`Port ${port} needs rights this user does not have. Take one above 1023: --port 8080.`);
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new ConfigError(`${host} is not an address of this machine. Try --host 127.0.0.1.`);
  }
  return error;
}
