import type { TargetSelector } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, toUuid } from '../../platform/ids.ts';
import {
  type DeliveryPlace,
  type DeliveryPlaceRow,
  placeColumns,
  placeJoins,
  toDeliveryPlace,
} from './delivery-place.ts';

/** As a row keeps it: clusters by their uuids. */
export type KeptSelector = { labels: Record<string, string> } | { clusters: string[] };

/**
 * SQL: whether what narrows the application leaves the cluster in; of `app_environment ae` and `access_namespaces n`.
 * A cluster's labels are those that environments' rules select by.
 */
export const takesCluster = `(ae.selector IS NULL OR (ae.selector -> 'clusters') ? n.cluster_id::text
  OR EXISTS (SELECT FROM access_clusters k WHERE k.id = n.cluster_id AND k.labels @> (ae.selector -> 'labels')))`;

export function fromKept(kept: KeptSelector): TargetSelector {
  return 'labels' in kept ? kept : { clusters: kept.clusters.map((id) => fromUuid('clu', id)) };
}

function toKept({ labels, clusters }: TargetSelector): KeptSelector {
  return labels === undefined ? { clusters: (clusters ?? []).map(toUuid) } : { labels };
}

export type SelectionRecord = DeliveryPlace & {
  selector: TargetSelector | undefined;
  /** 0 before the first change. */
  revision: number;
  changedBy: string | undefined;
  changedAt: Date | undefined;
};

export type PlaceRecord = { clusterId: string; cluster: string; namespace: string; isInside: boolean };

export type TargetSelectorStore = ReturnType<typeof createTargetSelectorStore>;

/** What narrows applications in their environments. */
export function createTargetSelectorStore(database: Database) {
  const { keyed: pool } = database;
  return {
    /** `undefined` when the application does not go to the environment. */
    async find(
      applicationId: string,
      environmentId: string,
      on: Queryable = pool,
    ): Promise<SelectionRecord | undefined> {
      const result = await on.query<
        DeliveryPlaceRow & {
          selector: KeptSelector | null;
          selector_revision: number;
          selector_changed_by: string | null;
          selector_changed_at: Date | null;
        }
      >(
        `SELECT ${placeColumns}, a.project_id, ae.selector, ae.selector_revision, ae.selector_changed_by, ae.selector_changed_at
         FROM app_environment ae ${placeJoins} WHERE ae.application_id = $1 AND ae.environment_id = $2`,
        [toUuid(applicationId), toUuid(environmentId)],
      );
      return result.rows.map((row) => ({
        ...toDeliveryPlace(row),
        selector: row.selector === null ? undefined : fromKept(row.selector),
        revision: row.selector_revision,
        changedBy: row.selector_changed_by ?? undefined,
        changedAt: row.selector_changed_at ?? undefined,
      }))[0];
    },

    /** Places that the environment's rules give now, with whether the application goes there. */
    async places(applicationId: string, environmentId: string, on: Queryable = pool): Promise<PlaceRecord[]> {
      const result = await on.query<{ cluster_id: string; cluster: string; namespace: string; inside: boolean }>(
        `SELECT n.cluster_id, c.slug AS cluster, n.namespace, coalesce(${takesCluster}, false) AS inside
         FROM app_environment ae JOIN access_namespaces n ON n.environment_id = ae.environment_id
         JOIN clusters_cluster c ON c.id = n.cluster_id
         WHERE ae.application_id = $1 AND ae.environment_id = $2 ORDER BY c.slug, n.namespace`,
        [toUuid(applicationId), toUuid(environmentId)],
      );
      return result.rows.map((row) => ({
        clusterId: fromUuid('clu', row.cluster_id),
        cluster: row.cluster,
        namespace: row.namespace,
        isInside: row.inside,
      }));
    },

    /** False, and nothing is changed, when `revision` is not the newest any more. */
    async put(
      tx: Transaction,
      place: Pick<DeliveryPlace, 'applicationId' | 'environmentId'>,
      change: { selector: TargetSelector | undefined; revision: number; changedBy: string },
    ): Promise<boolean> {
      const saved = await tx.query(
        `UPDATE app_environment SET selector = $3::jsonb, selector_revision = selector_revision + 1,
           selector_changed_by = $5, selector_changed_at = now()
         WHERE application_id = $1 AND environment_id = $2 AND selector_revision = $4`,
        [
          toUuid(place.applicationId),
          toUuid(place.environmentId),
          change.selector === undefined ? null : JSON.stringify(toKept(change.selector)),
          change.revision,
          change.changedBy,
        ],
      );
      return saved.rowCount === 1;
    },
  };
}
