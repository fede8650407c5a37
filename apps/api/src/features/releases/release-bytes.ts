import { maskSecret } from '@quarterdeck/kubernetes';
import { toYaml } from '@quarterdeck/templating';
import { notFound } from '../../platform/errors.ts';
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

/** What `release` puts out differently than `against`, per target and object; of a Secret which keys. */
export async function diffReleases({ store, clusters }: Deps, release: ReleaseRecord, against: ReleaseRecord) {
  if (release.applicationId !== against.applicationId) throw notFound('This release of the application');
  const [after, before, runs, records] = await Promise.all([
    store.objectsOf(release.id),
    store.objectsOf(against.id),
    store.runsOf(release.id),
    clusters.records(),
  ]);
  const keys = new Map([...before, ...after].map((object) => [keyOf(object), object]));
  return [...keys].map(([key, object]) => {
    const old = before.find((candidate) => keyOf(candidate) === key);
    const now = after.find((candidate) => keyOf(candidate) === key);
    return {
      ...refOf(object),
      cluster: slugOf(object.targetId, runs, records),
      change: changeOf(old?.sha256, now?.sha256),
      ...(old === undefined ? {} : { before: toYaml(maskSecret(parsed(old.bytes))) }),
      ...(now === undefined
        ? {}
        : { after: toYaml(maskSecret(parsed(now.bytes), old === undefined ? undefined : parsed(old.bytes))) }),
    };
  });
}

function parsed(bytes: string): Record<string, unknown> {
  return JSON.parse(bytes) as Record<string, unknown>;
}

function changeOf(before: string | undefined, after: string | undefined): 'create' | 'delete' | 'change' | 'unchanged' {
  if (before === undefined) return 'create';
  if (after === undefined) return 'delete';
  return before === after ? 'unchanged' : 'change';
}

function keyOf(object: ObjectRecord): string {
  return [object.targetId, object.group, object.kind, object.namespace, object.name].join('/');
}

function refOf(object: ObjectRecord) {
  return {
    group: object.group,
    kind: object.kind,
    ...(object.namespace === '' ? {} : { namespace: object.namespace }),
    name: object.name,
  };
}

function slugOf(
  targetId: string,
  runs: readonly { targetId: string; clusterId: string }[],
  records: readonly { id: string; slug: string }[],
): string {
  const clusterId = runs.find((run) => run.targetId === targetId)?.clusterId;
  return records.find((cluster) => cluster.id === clusterId)?.slug ?? '';
}
