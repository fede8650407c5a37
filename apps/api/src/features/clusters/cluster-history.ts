import type { ClusterHistory } from '@quarterdeck/contracts';
import { notFound } from '../../platform/errors.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Access } from '../access/index.ts';
import type { ClusterFacts } from './cluster-view.ts';
import type { HistoryStore } from './history.store.ts';
import { sightOf } from './sight.ts';

/** @throws AppError `not_found` for a cluster that is not there, and for who may not know it */
export type ReadClusterHistory = (principal: Principal, clusterId: string, hours: number) => Promise<ClusterHistory>;

/** How a cluster was. Who sees no more of it than a namespace gets its states alone, without the reasons. */
export function createClusterHistory(deps: {
  access: Pick<Access, 'visibleScope'>;
  store: HistoryStore;
  facts: ClusterFacts;
}): ReadClusterHistory {
  const { access, store, facts } = deps;
  return async (principal, clusterId, hours) => {
    const sight = sightOf(await access.visibleScope(principal, 'clusters:read'))(clusterId);
    if (sight === 'none') throw notFound('This cluster');
    const isFull = sight === 'full';
    const [states, probes, incidents] = await Promise.all([
      store.states(clusterId, hours),
      isFull ? store.probes(clusterId, hours) : [],
      isFull ? facts.incidents(clusterId, hours) : [],
    ]);
    // Every cluster has the state it was registered in.
    if (states.length === 0) throw notFound('This cluster');
    return {
      since: new Date(Date.now() - hours * 3_600_000).toISOString(),
      states: states.map(({ state, reason, at }) => ({
        state,
        at: at.toISOString(),
        ...(reason === undefined || !isFull ? {} : { reason }),
      })),
      probes: probes.map(({ at, probes: count, failed, meanMs, maxMs }) => ({
        at: at.toISOString(),
        probes: count,
        failed,
        ...(meanMs === undefined ? {} : { latencyMs: meanMs, maxLatencyMs: maxMs }),
      })),
      incidents: incidents.map(({ kind, state, error, beganAt, endedAt }) => ({
        kind,
        state,
        beganAt: beganAt.toISOString(),
        ...(error === undefined ? {} : { error }),
        ...(endedAt === undefined ? {} : { endedAt: endedAt.toISOString() }),
      })),
    };
  };
}
