import path from 'node:path';
import { runSql } from '@quarterdeck/database/testing';
import { startProduct } from '@quarterdeck/testing';
import { databaseUrl, kept } from './host.ts';
import type { Portal } from './portal.ts';

const password = 'of the second server';

/**
 * A second server beside a portal: its database, its keyring, its clusters, another port. It signs in as a company's
 * server would, with a login that cannot change the trail.
 * @param addresses `CIDR:port` entries that it may dial besides the demo fleet
 */
export async function startReplica(
  portal: Portal,
  addresses: readonly string[],
): Promise<{ origin: string; stop(): Promise<void> }> {
  const { postgres: port, ...clusters } = await kept<number>(portal, 'ports.json');
  const admin = await databaseUrl(portal);
  await runSql(admin, `CREATE ROLE quarterdeck_server LOGIN PASSWORD '${password}' IN ROLE quarterdeck_app`);
  const server = await startProduct({
    program: 'server',
    dataDir: portal.dataDir,
    env: {
      DATABASE_URL: `postgresql://quarterdeck_server:${encodeURIComponent(password)}@127.0.0.1:${port}/quarterdeck`,
      QUARTERDECK_MIGRATION_DATABASE_URL: admin,
      QUARTERDECK_KEYRING_FILE: path.join(portal.dataDir, 'keyring.json'),
      QUARTERDECK_CLUSTER_ADDRESS_ALLOW: [
        ...Object.values(clusters).map((own) => `127.0.0.1/32:${own}`),
        ...addresses,
      ].join(','),
    },
  });
  await server.ready().catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  return {
    origin: server.origin,
    async stop() {
      await server.stop();
    },
  };
}
