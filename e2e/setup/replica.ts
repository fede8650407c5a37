import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { runSql } from '@quarterdeck/database/testing';
import { startProduct } from '@quarterdeck/testing';
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
  const kept = async <T>(name: string) =>
    JSON.parse(await readFile(path.join(portal.dataDir, name), 'utf8')) as Record<string, T>;
  const { postgres: port, ...clusters } = await kept<number>('ports.json');
  const { postgres: owner } = await kept<string>('secrets.json');
  const database = `127.0.0.1:${port}/quarterdeck`;
  const admin = `postgresql://quarterdeck:${owner}@${database}`;
  await runSql(admin, `CREATE ROLE quarterdeck_server LOGIN PASSWORD '${password}' IN ROLE quarterdeck_app`);
  const server = await startProduct({
    program: 'server',
    dataDir: portal.dataDir,
    env: {
      DATABASE_URL: `postgresql://quarterdeck_server:${encodeURIComponent(password)}@${database}`,
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
