import { maskSecret } from '@quarterdeck/kubernetes';
import { toYaml } from '@quarterdeck/templating';
import type { Clusters } from '../clusters/index.ts';
import type { ObjectRecord, ReleaseRecord } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';

type Deps = { store: ReleasesStore; clusters: Clusters };

/** The stored bytes of a release, as YAML a person can read; of a Secret the keys. */
export async function releaseObjects({ store, clusters }: Deps, release: ReleaseRecord) {
  const [objects, runs, records] = await Promise.all([
    store.objectsOf(release.id),
    store.runsOf(release.id),
    clusters.records(),
  ]);
  return objects.map((object) => ({
    ...refOf(object),
    targetId: object.targetId,
    cluster: slugOf(object.targetId, runs, records),
    sha256: object.sha256,
    manifest: toYaml(maskSecret(parsed(object.bytes))),
  }));
}

export function parsed(bytes: string): Record<string, unknown> {
  return JSON.parse(bytes) as Record<string, unknown>;
}

export function refOf(object: ObjectRecord) {
  return {
    group: object.group,
    kind: object.kind,
    ...(object.namespace === '' ? {} : { namespace: object.namespace }),
    name: object.name,
  };
}

export function slugOf(
  targetId: string,
  runs: readonly { targetId: string; clusterId: string }[],
  records: readonly { id: string; slug: string }[],
): string {
  const clusterId = runs.find((run) => run.targetId === targetId)?.clusterId;
  return records.find((cluster) => cluster.id === clusterId)?.slug ?? '';
}
