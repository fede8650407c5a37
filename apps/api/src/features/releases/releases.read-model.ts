import type { InventoryObject, Release, ReleaseDetail } from '@quarterdeck/contracts';
import { systemActor } from '../../platform/principal.ts';
import type { Clusters } from '../clusters/index.ts';
import type { Inventory } from '../inventory/index.ts';
import type { ObjectRecord, ReleaseRecord, RunRecord, StepRecord } from './release-rows.ts';
import type { ReleasesStore } from './releases.store.ts';

const reader = systemActor('releases', ['inventory:read']).principal;

type RunView = ReleaseDetail['targets'][number];

export type ReleasesReadModel = ReturnType<typeof createReleasesReadModel>;

/** A release as its page shows it: runs, objects, pods with the age of what is known of them. */
export function createReleasesReadModel(deps: { store: ReleasesStore; inventory: Inventory; clusters: Clusters }) {
  const { store, inventory, clusters } = deps;

  function toView(release: ReleaseRecord): Release {
    return {
      id: release.id,
      number: release.number,
      kind: release.kind,
      state: release.state,
      applicationId: release.applicationId,
      application: release.application,
      project: release.project,
      environmentId: release.environmentId,
      environment: release.environment,
      ...(release.templateVersionId === undefined ? {} : { templateVersionId: release.templateVersionId }),
      ...(release.template === undefined ? {} : { template: release.template }),
      images: release.images,
      parameters: release.parameters,
      contentSha256: release.contentSha256,
      ...(release.rollbackOf === undefined ? {} : { rollbackOf: release.rollbackOf }),
      createdBy: release.createdBy,
      ...(release.pausedReason === undefined ? {} : { pausedReason: release.pausedReason }),
      createdAt: release.createdAt.toISOString(),
      ...(release.endedAt === undefined ? {} : { endedAt: release.endedAt.toISOString() }),
      targetCount: release.runs.total,
      healthyCount: release.runs.healthy,
      failedCount: release.runs.failed,
    };
  }

  async function podsOf(release: ReleaseRecord, runs: readonly RunRecord[], slugs: ReadonlyMap<string, string>) {
    const clusterSlugs = runs.flatMap((run) => slugs.get(run.clusterId) ?? []);
    if (clusterSlugs.length === 0) return { items: [], clusters: [] };
    // Whoever may read the release may see its own pods.
    return inventory.list(reader, {
      plural: 'pods',
      clusters: [...new Set(clusterSlugs)],
      namespaces: [...new Set(runs.map((run) => run.namespace))],
      labels: `app.kubernetes.io/name=${release.application},quarterdeck.dev/environment=${release.environment}`,
      sort: 'name',
      limit: 200,
    });
  }

  return {
    toView,

    async detail(release: ReleaseRecord): Promise<ReleaseDetail> {
      const [runs, objects, records] = await Promise.all([
        store.runsOf(release.id),
        store.objectsOf(release.id),
        clusters.records(),
      ]);
      const slugs = new Map(records.map((cluster) => [cluster.id, cluster.slug]));
      const [steps, pods] = await Promise.all([store.stepsOf(runs.map((run) => run.id)), podsOf(release, runs, slugs)]);
      return {
        ...toView(release),
        targets: runs.map((run) => {
          const mine = pods.items.filter((pod) => pod.clusterId === run.clusterId && pod.namespace === run.namespace);
          const answer = pods.clusters.find((cluster) => cluster.id === run.clusterId);
          return {
            ...runView(
              run,
              steps.filter((step) => step.runId === run.id),
              objects.filter((object) => object.targetId === run.targetId),
              mine,
            ),
            cluster: slugs.get(run.clusterId) ?? '',
            reachable: answer !== undefined && answer.state !== 'cut_off',
            ...(answer?.asOf === undefined ? {} : { asOf: answer.asOf }),
          };
        }),
      };
    },
  };
}

function runView(
  run: RunRecord,
  steps: readonly StepRecord[],
  objects: readonly ObjectRecord[],
  pods: readonly InventoryObject[],
): Omit<RunView, 'cluster' | 'reachable' | 'asOf'> {
  const current = pods.filter((pod) => isCurrent(run, pod));
  return {
    id: run.id,
    targetId: run.targetId,
    clusterId: run.clusterId,
    namespace: run.namespace,
    state: run.state,
    attempt: run.attempt,
    ...(run.startedAt === undefined ? {} : { startedAt: run.startedAt.toISOString() }),
    ...(run.endedAt === undefined ? {} : { endedAt: run.endedAt.toISOString() }),
    ready: current.filter((pod) => pod.health === 'healthy').length,
    desired: current.length,
    objects: objects.map((object) => {
      const step = steps.find((candidate) => candidate.seq === object.seq);
      return {
        group: object.group,
        kind: object.kind,
        ...(object.namespace === '' ? {} : { namespace: object.namespace }),
        name: object.name,
        state: step?.state ?? 'waiting',
        ...(step?.detail === undefined ? {} : { detail: step.detail }),
      };
    }),
    pods: pods.map((pod) => {
      const image = firstImage(pod);
      return {
        name: pod.name,
        uid: pod.uid,
        health: pod.health,
        statusText: pod.statusText,
        restarts: pod.restarts ?? 0,
        ...(pod.node === undefined ? {} : { node: pod.node }),
        ...(image === undefined ? {} : { image }),
        ...(pod.createdAt === undefined ? {} : { createdAt: pod.createdAt }),
        current: isCurrent(run, pod),
      };
    }),
    ...(run.verdict === undefined ? {} : { verdict: run.verdict }),
  };
}

/** Of this release's revision: by the hash that the gate saw; before it is known, every pod counts. */
function isCurrent(run: RunRecord, pod: InventoryObject): boolean {
  const hash = run.gate?.podHash;
  return hash === undefined || pod.labels['pod-template-hash'] === hash;
}

function firstImage(pod: InventoryObject): string | undefined {
  const { images } = pod.facts;
  const first = Array.isArray(images) ? (images[0] as unknown) : undefined;
  return typeof first === 'string' ? first : undefined;
}
