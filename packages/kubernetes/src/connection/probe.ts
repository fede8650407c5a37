import { type ClusterClient, ClusterError, type Identity } from '../transport/cluster-client.ts';
import type { ProbeResult } from './health.ts';

/** Background work goes as the worker, also the probe: no request leaves as the stored credential itself. */
export const workerIdentity: Identity = { user: 'quarterdeck:worker', groups: ['quarterdeck:workers'] };

const deadlineMs = 3000;

/**
 * Asks one cluster how it is: `/readyz`, and where `expectedUid` is given also whether it is still the same cluster.
 * Never throws; every failure is a result.
 * @param now milliseconds that never go back, for the latency
 */
export async function probeCluster(
  client: ClusterClient,
  options: { expectedUid?: string; readVersion?: boolean; now?: () => number } = {},
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
    if (options.expectedUid !== undefined) {
      const changed = await identityProblem(client, options.expectedUid);
      if (changed !== undefined) return { outcome: 'identity_changed', reason: changed };
    }
    const version = options.readVersion === true ? await readVersion(client) : undefined;
    return { outcome: 'good', latencyMs, ...(version === undefined ? {} : { version }) };
  } catch (error) {
    if (error instanceof ClusterError) return { outcome: 'bad', reason: error.message };
    throw error;
  }
}

function ask(client: ClusterClient, path: string) {
  return client.request({ method: 'GET', path, identity: workerIdentity, priority: 'probe', timeoutMs: deadlineMs });
}

async function identityProblem(client: ClusterClient, expectedUid: string): Promise<string | undefined> {
  const answer = await ask(client, '/api/v1/namespaces/kube-system');
  const uid = (answer.body as { metadata?: { uid?: unknown } } | undefined)?.metadata?.uid;
  if (answer.status !== 200 || uid === expectedUid) return undefined;
  return `Another cluster answers at this address: its kube-system has uid ${String(uid).slice(0, 64)}, not ${expectedUid}.`;
}

async function readVersion(client: ClusterClient): Promise<string | undefined> {
  const answer = await ask(client, '/version');
  const version = (answer.body as { gitVersion?: unknown } | undefined)?.gitVersion;
  return typeof version === 'string' ? version.slice(0, 64) : undefined;
}
