import type { Queryable } from '@quarterdeck/database';
import type { KubernetesObject } from '@quarterdeck/kubernetes';
import type { Applications } from '../applications/index.ts';
import type { ClusterRecord } from '../clusters/index.ts';
import type { Resident } from './draft-evacuation.ts';
import type { DriftStore } from './drift.store.ts';
import type { EvacuationsStore } from './evacuations.store.ts';
import type { MachineStore } from './machine.store.ts';
import type { Releases } from './releases.service.ts';
import type { ReleasesStore } from './releases.store.ts';

const anyNumber = 2 ** 31 - 1;

export type ResidentsDeps = {
  applications: Applications;
  database: Queryable;
  store: ReleasesStore;
  machineStore: MachineStore;
  driftStore: DriftStore;
  evacuationsStore: EvacuationsStore;
  releases: Releases;
};

/** What runs in a cluster by our books, and where else it does. */
export function createResidents({
  applications,
  database,
  store,
  machineStore,
  driftStore,
  evacuationsStore,
  releases,
}: ResidentsDeps) {
  return {
    /**
     * Applications of a cluster with what was put there last.
     * @param mayMove whether whoever asks may; what they may not move is left out
     */
    async of(
      clusterId: string,
      mayMove: (projectId: string, environmentId: string) => Promise<boolean>,
    ): Promise<Resident[]> {
      const rows = await evacuationsStore.residents(clusterId);
      const groups = Map.groupBy(rows, ({ applicationId, environmentId }) => `${applicationId} ${environmentId}`);
      const found: Resident[] = [];
      for (const group of groups.values()) {
        const [first] = group;
        if (first === undefined) continue;
        const application = await applications.record(first.applicationId);
        if (!(await mayMove(application.projectId, first.environmentId))) continue;
        const environment = application.environments.find(({ environmentId }) => environmentId === first.environmentId);
        const sources = environment?.targets.filter(({ id }) => group.some(({ targetId }) => targetId === id)) ?? [];
        // What was healthy there last, whatever was tried since.
        const [basis] = await machineStore.lastHealthy(
          database,
          sources.slice(0, 1).map(({ id }) => id),
          anyNumber,
        );
        if (environment === undefined || basis === undefined) continue;
        if ((await releases.record(basis.releaseId)).kind === 'remove') continue;
        const objects = await store.objectsOf(basis.releaseId, basis.targetId);
        found.push({
          application,
          environment,
          sources,
          release: { id: basis.releaseId, number: basis.number },
          objects: objects.map(({ bytes }) => JSON.parse(bytes) as KubernetesObject),
        });
      }
      return found;
    },

    /** Clusters that answer and have it running as well. */
    async coveredBy({ environment, sources }: Resident, others: readonly ClusterRecord[]): Promise<string[]> {
      const elsewhere = environment.targets.filter(
        ({ id, clusterId, state }) =>
          state === 'active' &&
          !sources.some((source) => source.id === id) &&
          others.some((other) => other.id === clusterId),
      );
      const bases = await driftStore.bases(elsewhere.map(({ id }) => id));
      return elsewhere.flatMap(({ id, clusterId }) => {
        const basis = bases.find(({ targetId }) => targetId === id);
        const isThere = basis?.state === 'healthy' && basis.kind !== 'remove';
        return isThere ? (others.find((other) => other.id === clusterId)?.slug ?? []) : [];
      });
    },
  };
}
