import type { AddressInfo } from 'node:net';
import { createDatabase } from '@quarterdeck/database';
import { createApp } from '../apps/api/src/app.ts';
import { compose } from '../apps/api/src/compose.ts';
import { parseConfig } from '../apps/api/src/config.ts';
import { parseKeyring } from '../apps/api/src/platform/crypto/keyring.ts';
import { createLogger } from '../apps/api/src/platform/telemetry/logger.ts';

export type ServerOrder = { databaseUrl: string; keyring: string };

/** The server of the product, with nothing else in its process; tells its port, and ends when its parent does. */
process.once('message', async ({ databaseUrl, keyring }: ServerOrder) => {
  const database = createDatabase({ url: databaseUrl, watch: true });
  const composition = await compose({
    config: parseConfig({}, []),
    database,
    keyring: parseKeyring(keyring),
    logger: createLogger({ level: 'silent' }),
  });
  const app = await createApp(composition);
  await app.listen({ port: 0, host: '127.0.0.1' });
  process.once('disconnect', async () => {
    await app.close();
    await composition.connections.close();
    await database.close();
    process.exit();
  });
  process.send?.((app.server.address() as AddressInfo).port);
});
