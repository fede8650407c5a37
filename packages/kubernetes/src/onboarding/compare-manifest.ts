import { isDeepStrictEqual } from 'node:util';
import { workerIdentity } from '../connection/probe.ts';
import type { ClusterClient } from '../transport/cluster-client.ts';
import type { ManifestChange } from './bootstrap.ts';
import { inBatches } from './in-batches.ts';
import type { ManifestObject } from './manifest-types.ts';
import { placeOf } from './object-path.ts';

/** What applying an object would do, seen from outside; `unknown` where the worker may not read it. */
export type ManifestDifference = Omit<ManifestChange, 'change'> & { change: ManifestChange['change'] | 'unknown' };

/**
 * Compares objects of a manifest with the cluster, read as the worker: changes nothing and needs no right to write.
 * Fields that the cluster adds are no difference.
 * @throws ClusterError
 */
export async function compareManifest(
  client: ClusterClient,
  manifest: readonly ManifestObject[],
): Promise<ManifestDifference[]> {
  return inBatches(manifest, async (object) => {
    const { kind, metadata } = object;
    const namespace = metadata.namespace === undefined ? {} : { namespace: metadata.namespace };
    return { kind, name: metadata.name, ...namespace, change: await changeOf(client, object) };
  });
}

async function changeOf(client: ClusterClient, object: ManifestObject): Promise<ManifestDifference['change']> {
  // Of a Secret only that it is there is asked: its value is nobody's business here.
  const accept = object.kind === 'Secret' ? { accept: metadataOnly } : {};
  const answer = await client.request({
    method: 'GET',
    path: placeOf(object).path,
    identity: workerIdentity,
    priority: 'deploy',
    ...accept,
  });
  if (answer.status === 404) return 'create';
  if (answer.status >= 300) return 'unknown';
  const { apiVersion: _, kind: __, metadata, ...rest } = object;
  const wanted = object.kind === 'Secret' ? { metadata } : { metadata, ...rest };
  return holds(answer.body, wanted) ? 'unchanged' : 'change';
}

const metadataOnly = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';

/** Whether all that is wanted is there: maps may hold more, lists are equal. */
function holds(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && live.length === wanted.length && wanted.every((item, at) => holds(live[at], item));
  }
  if (typeof wanted !== 'object' || wanted === null) return isDeepStrictEqual(live, wanted);
  if (typeof live !== 'object' || live === null) return false;
  return Object.entries(wanted).every(([key, value]) => holds((live as Record<string, unknown>)[key], value));
}
