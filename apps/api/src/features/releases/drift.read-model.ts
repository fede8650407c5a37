import type { DriftObject, DriftSummary, TargetDrift } from '@quarterdeck/contracts';
import type { ApplicationRecord } from '../applications/index.ts';
import type { ClusterRecord, Clusters } from '../clusters/index.ts';
import type { DriftBasis, DriftedObject, DriftRecord, DriftStore } from './drift.store.ts';
import { isReachable } from './machine.ts';

type TargetDetail = Omit<TargetDrift, 'cluster' | 'namespace' | 'environmentId' | 'environment' | 'clusterId'>;

export type DriftReadModel = ReturnType<typeof createDriftReadModel>;

/** What is known of how targets differ from what was put there, and how old that is. Never more than is known. */
export function createDriftReadModel(deps: { driftStore: DriftStore; clusters: Clusters }) {
  const { driftStore, clusters } = deps;

  /** By target id; nothing for targets where nothing of ours is. */
  async function details(
    targets: readonly { id: string; clusterId: string }[],
  ): Promise<ReadonlyMap<string, TargetDetail>> {
    const ids = targets.map(({ id }) => id);
    const [bases, known, records] = await Promise.all([driftStore.bases(ids), driftStore.of(ids), clusters.records()]);
    const basisOf = new Map(bases.map((basis) => [basis.targetId, basis]));
    const recordOf = new Map(known.map((record) => [record.targetId, record]));
    const clusterOf = new Map(records.map((cluster) => [cluster.id, cluster]));
    return new Map(
      targets.flatMap(({ id, clusterId }) => {
        const basis = basisOf.get(id);
        if (basis === undefined || (basis.kind === 'remove' && basis.state === 'healthy')) return [];
        return [[id, detailOf(basis, recordOf.get(id), clusterOf.get(clusterId))] as const];
      }),
    );
  }

  return {
    details,

    async summaries(targets: readonly { id: string; clusterId: string }[]): Promise<ReadonlyMap<string, DriftSummary>> {
      const all = await details(targets);
      return new Map(
        [...all].map(([id, { state, objects, since, comparedAt, reason }]) => [
          id,
          {
            state,
            objects: objects.length,
            ...(since === undefined ? {} : { since }),
            ...(comparedAt === undefined ? {} : { comparedAt }),
            ...(reason === undefined ? {} : { reason }),
          },
        ]),
      );
    },

    /** Of an application, the environments that are told. */
    async ofApplication({ environments }: Pick<ApplicationRecord, 'environments'>): Promise<TargetDrift[]> {
      const targets = environments.flatMap((environment) =>
        environment.targets.map((target) => ({ ...target, environment: environment.name })),
      );
      const [all, records] = await Promise.all([details(targets), clusters.records()]);
      return targets.flatMap(({ id, clusterId, namespace, environmentId, environment }) => {
        const detail = all.get(id);
        const cluster = records.find((record) => record.id === clusterId)?.slug ?? '';
        return detail === undefined ? [] : [{ ...detail, clusterId, cluster, namespace, environmentId, environment }];
      });
    },
  };
}

function detailOf(
  basis: DriftBasis,
  record: DriftRecord | undefined,
  cluster: ClusterRecord | undefined,
): TargetDetail {
  const isSettled = basis.state === 'healthy';
  const isOfBasis = record?.releaseId === basis.releaseId;
  // What was found is about a release that is not there any more.
  const objects = isSettled && isOfBasis ? record.objects : [];
  const oldest = objects[0]?.since;
  const comparedAt = record?.comparedAt;
  return {
    targetId: basis.targetId,
    release: { id: basis.releaseId, number: basis.number },
    ...stateOf(
      { isSettled, isCompared: isOfBasis && comparedAt !== undefined, drifted: objects.length > 0 },
      record,
      cluster,
    ),
    objects: objects.map(toDriftObject),
    ...(oldest === undefined ? {} : { since: oldest.toISOString() }),
    ...(comparedAt === undefined ? {} : { comparedAt: comparedAt.toISOString() }),
  };
}

function stateOf(
  is: { isSettled: boolean; isCompared: boolean; drifted: boolean },
  record: DriftRecord | undefined,
  cluster: ClusterRecord | undefined,
): Pick<TargetDrift, 'state' | 'reason'> {
  if (cluster === undefined || !isReachable(cluster.state))
    return { state: 'not_compared', reason: cluster?.stateReason ?? 'The cluster does not answer.' };
  if (!is.isSettled) return { state: 'unsettled' };
  if (record?.failure !== undefined) return { state: 'not_compared', reason: record.failure.detail };
  if (!is.isCompared) return { state: 'waiting' };
  return { state: is.drifted ? 'drifted' : 'same' };
}

export function toDriftObject(object: DriftedObject & { since: Date }): DriftObject {
  return {
    group: object.group,
    kind: object.kind,
    ...(object.namespace === '' ? {} : { namespace: object.namespace }),
    name: object.name,
    drift: object.drift,
    since: object.since.toISOString(),
    fields: object.fields,
    isOurs: object.isOurs,
    ...(object.detail === undefined ? {} : { detail: object.detail }),
  };
}
