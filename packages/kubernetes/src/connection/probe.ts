import { type ClusterClient, ClusterError, type Identity } from '../transport/cluster-client.ts';
import type { ProbeResult } from './health.ts';

/** Background work goes as the worker, also the probe: no request leaves as the stored credential itself. */
export const workerIdentity: Identity = { user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] };

const deadlineMs = 3000;

/**
 * Asks one cluster how it is: `/readyz`, and with `readFacts` also its version and its uid, which must be `expectedUid`
 * where that is given. Never throws; every failure is a result.
 * @param now milliseconds that never go back, for the latency
 */
export async function probeCluster(
  client: ClusterClient,
  options: { expectedUid?: string; readFacts?: boolean; now?: () => number } = {},
): Promise<ProbeResult> {
  const now = options.now ?? (() => performance.now());
  const startedAt = now();
  try {
    const ready = await ask(client, '/readyz');
    const latencyMs = now() - startedAt;
    if (ready.status === 401) {
      return { outcome: 'unauthorized', reason: 'The cluster rejects the stored credential (401).' };
    }
    if (ready.status === 403) {
      return {
        outcome: 'impaired',
        reason: 'The stored credential may not speak for quarterdeck:worker (403).',
        latencyMs,
      };
    }
    if (ready.status !== 200) {
      return { outcome: 'impaired', reason: `The API server says that it is not ready (${ready.status}).`, latencyMs };
    }
    if (options.readFacts !== true) return { outcome: 'good', latencyMs };
    const [uid, version] = await Promise.all([readUid(client), readVersion(client)]);
    if (uid !== undefined && options.expectedUid !== undefined && uid !== options.expectedUid) {
      return {
        outcome: 'identity_changed',
        reason: `Another cluster answers at this address: its kube-system has uid ${uid}, not ${options.expectedUid}.`,
      };
    }
    return {
      outcome: 'good',
      latencyMs,
      ...(uid === undefined ? {} : { uid }),
      ...(version === undefined ? {} : { version }),
    };
  } catch (error) {
    if (error instanceof ClusterError) return { outcome: 'bad', reason: error.message };
    throw error;
  }
}

function ask(client: ClusterClient, path: string) {
  return client.request({ method: 'GET', path, identity: workerIdentity, priority: 'probe', timeoutMs: deadlineMs });
}

async function readUid(client: ClusterClient): Promise<string | undefined> {
  const answer = await ask(client, '/api/v1/namespaces/kube-system');
  const uid = (answer.body as { metadata?: { uid?: unknown } } | undefined)?.metadata?.uid;
  return answer.status === 200 && typeof uid === 'string' ? uid.slice(0, 64) : undefined;
}

async function readVersion(client: ClusterClient): Promise<string | undefined> {
  const answer = await ask(client, '/version');
  const version = (answer.body as { gitVersion?: unknown } | undefined)?.gitVersion;
  return typeof version === 'string' ? version.slice(0, 64) : undefined;
}
