import { randomBytes } from 'node:crypto';
import { createDatabase, type Database } from '@quarterdeck/database';
import type { FastifyInstance } from 'fastify';
import { createApp } from '../app.ts';
import { type Composition, compose } from '../compose.ts';
import { parseConfig } from '../config.ts';
import { newKeyringText, parseKeyring } from '../platform/crypto/keyring.ts';
import { newId, toUuid } from '../platform/ids.ts';
import { createLogger } from '../platform/telemetry/logger.ts';
import { claimAsOwner, type SignedInClient } from './test-app.ts';

/** The application on a PostgreSQL that the test hurts, watching it as the product does. */
export type FaultApp = {
  app: FastifyInstance;
  composition: Composition;
  database: Database;
  owner: SignedInClient;
  projectId: string;
  /** Makes an application, a change with an audit record; gives the status. */
  write(slug: string, key?: string): Promise<number>;
  close(): Promise<void>;
};

export async function createFaultApp(url: string): Promise<FaultApp> {
  const logger = createLogger({ level: 'silent' });
  const database = createDatabase({ url, watch: true });
  const keyring = parseKeyring(newKeyringText(randomBytes, 'test'));
  const composition = await compose({ config: parseConfig({}, []), database, keyring, logger, signInFloorMs: 0 });
  const app = await createApp(composition);
  await app.ready();
  const owner = await claimAsOwner({ app, composition });
  const { projectId, environmentId } = await prepareProject(composition, owner);
  return {
    app,
    composition,
    database,
    owner,
    projectId,
    async write(slug, key) {
      const { status } = await owner.request({
        method: 'POST',
        url: '/applications',
        headers: key === undefined ? {} : { 'idempotency-key': key },
        payload: { projectId, slug, environments: [{ environmentId }] },
      });
      return status;
    },
    async close() {
      await app.close();
      await composition.connections.close();
      await database.close();
    },
  };
}

/** A cluster in the books and an environment that selects it: nothing of it is dialled. */
async function prepareProject(
  composition: Composition,
  owner: SignedInClient,
): Promise<{ projectId: string; environmentId: string }> {
  const { access, database } = composition;
  const clusterId = newId('clu');
  await database.pool.query(
    `INSERT INTO clusters_cluster (id, slug, display_name, color, labels, server, state)
     VALUES ($1, 'books', 'books', 0, '{}', 'https://books.invalid', 'paused')`,
    [toUuid(clusterId)],
  );
  await access.putCluster(database.pool, clusterId, { cluster: 'books' });
  const { body: projects } = await owner.request({ method: 'GET', url: '/projects' });
  const projectId = (projects.items as { id: string }[])[0]?.id ?? '';
  const { body } = await owner.request({
    method: 'POST',
    url: `/projects/${projectId}/environments`,
    payload: { name: 'test', tier: 'test', rules: [{ selector: { cluster: 'books' }, namespace: 'shop' }] },
  });
  return { projectId, environmentId: String(body.id) };
}
