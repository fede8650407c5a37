import { type ClusterState, historyMaxHours } from '@quarterdeck/contracts';
import type { Database } from '@quarterdeck/database';
import { toUuid } from '../../platform/ids.ts';

const keptStateDays = 30;

export type StateChange = { state: ClusterState; reason: string | undefined; at: Date };
export type ProbeSlot = { at: Date; probes: number; failed: number; meanMs: number | undefined; maxMs: number };

export type HistoryStore = ReturnType<typeof createHistoryStore>;

/** What was written of a cluster while it was probed: by `saveHealth`, and by a trigger of its row. */
export function createHistoryStore({ keyed: pool }: Database) {
  return {
    /** Oldest first; the first is the one that held when these hours began. */
    async states(clusterId: string, hours: number): Promise<StateChange[]> {
      const result = await pool.query<{ state: ClusterState; reason: string | null; at: Date }>(
        `SELECT state, reason, at FROM clusters_state_change
         WHERE cluster_id = $1 AND at >= coalesce((SELECT max(at) FROM clusters_state_change
           WHERE cluster_id = $1 AND at <= now() - make_interval(hours => $2)), '-infinity')
         ORDER BY at`,
        [toUuid(clusterId), hours],
      );
      return result.rows.map(({ reason, ...row }) => ({ ...row, reason: reason ?? undefined }));
    },

    async probes(clusterId: string, hours: number): Promise<ProbeSlot[]> {
      const result = await pool.query<{ at: Date; probes: number; failed: number; sum_ms: number; max_ms: number }>(
        `SELECT at, probes, failed, latency_sum_ms AS sum_ms, latency_max_ms AS max_ms FROM clusters_probe_slot
         WHERE cluster_id = $1 AND at >= now() - make_interval(hours => $2) ORDER BY at`,
        [toUuid(clusterId), hours],
      );
      return result.rows.map(({ at, probes, failed, sum_ms, max_ms }) => ({
        at,
        probes,
        failed,
        meanMs: probes === failed ? undefined : sum_ms / (probes - failed),
        maxMs: max_ms,
      }));
    },

    /** Deletes what nobody can ask for any more; of the states the last one of each cluster stays. */
    async sweep(): Promise<void> {
      await pool.query('DELETE FROM clusters_probe_slot WHERE at < now() - make_interval(hours => $1)', [
        historyMaxHours + 1,
      ]);
      await pool.query(
        `DELETE FROM clusters_state_change s WHERE s.at < now() - make_interval(days => $1)
           AND EXISTS (SELECT FROM clusters_state_change later WHERE later.cluster_id = s.cluster_id AND later.at > s.at)`,
        [keptStateDays],
      );
    },
  };
}
