import type { Database } from '@quarterdeck/database';
import { OwnTokenRefused, requestOwnToken, workerIdentity } from '@quarterdeck/kubernetes';
import { type Loop, startLoop } from '../../platform/jobs/loop.ts';
import { systemActor } from '../../platform/principal.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { Audit } from '../audit/index.ts';
import { record } from './clusters.service.ts';
import type { ClusterRecord, ClustersStore } from './clusters.store.ts';
import type { Connections } from './connections.ts';
import type { ClusterCredentials } from './credentials.ts';

const everyMs = 10_000;
const atOnce = 8;
/** A try that fails, or whose worker dies, is made again after so long. */
const holdMs = 60_000;

/**
 * Replaces tokens of our own ServiceAccount at half of their life. The new one is stored only where nobody put another
 * credential there meanwhile. The old one stays good until its own end, so what is open by it goes on: only what is new
 * goes out with the new one.
 */
export function startRenewalLoop(deps: {
  database: Database;
  store: ClustersStore;
  connections: Connections;
  credentials: ClusterCredentials;
  audit: Audit;
  logger: Logger;
}): Loop {
  const { database, store, connections, credentials, audit, logger } = deps;
  const actor = systemActor('worker', []);

  async function renew(cluster: ClusterRecord): Promise<void> {
    const client = await connections.dial(cluster);
    const { token, expiresAt } = await requestOwnToken(client, workerIdentity);
    await database.transaction(async (tx) => {
      if (!(await store.lockCredential(tx, cluster.id, cluster.credentialRevision))) return;
      await credentials.put(tx, cluster.id, { kind: 'token', token }, { expiresAt, renewing: true, isRenewal: true });
      await store.notify(tx, [cluster.id]);
      const change = {
        path: 'credential/expiresAt',
        before: cluster.credentialExpiresAt?.toISOString(),
        after: expiresAt.toISOString(),
      };
      await audit.write(tx, actor, [{ ...record('clusters:credentials', cluster, [change]), reason: 'renewal' }]);
    });
    logger.info({ cluster: cluster.slug, expiresAt }, 'token renewed');
  }

  async function sayWhy(cluster: ClusterRecord, error: unknown): Promise<void> {
    logger.warn({ err: error, cluster: cluster.slug }, 'token not renewed, trying again');
    const words = error instanceof OwnTokenRefused ? error.message : 'The cluster did not answer.';
    const isNews = await store.saveRenewalError(cluster.id, cluster.credentialRevision, words);
    if (isNews) await store.notify(database.pool, [cluster.id]);
  }

  return startLoop({
    name: 'cluster.renew',
    everyMs,
    logger,
    run: async () => {
      const due = await store.takeDueRenewals(atOnce, holdMs);
      await Promise.all(due.map((cluster) => renew(cluster).catch((error: unknown) => sayWhy(cluster, error))));
    },
  });
}
