import type { EvacuationItem } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import {
  type DeliveryPlace,
  type DeliveryPlaceRow,
  placeColumns,
  placeOf,
  toDeliveryPlace,
} from '../applications/index.ts';
import { oweTargets } from './debts.store.ts';
import type { ReleaseState } from './release-rows.ts';

/** What a draft says of an application in an environment. */
export type Proposal = Pick<EvacuationItem, 'namespace' | 'destination' | 'needs' | 'findings'> & {
  release: { id: string; number: number };
  /** Targets in the cluster that is left. */
  sources: string[];
  order: ItemOrder;
};

/** Where an item stands among the others of its draft. */
export type ItemOrder = Pick<EvacuationItem, 'step' | 'after'> & {
  /** Ids of applications that it needs and the draft does not have. */
  outside: string[];
};

/** Of a draft from before drafts had an order. */
const unordered: ItemOrder = { step: 1, after: [], outside: [] };

export type ItemRecord = DeliveryPlace & {
  state: EvacuationItem['state'];
  proposal: Proposal;
  evacuation: { id: string; number: number; state: ReleaseState } | undefined;
};

export type EvacuationRecord = {
  id: string;
  clusterId: string;
  cluster: string;
  createdBy: string;
  createdAt: Date;
  items: ItemRecord[];
};

/** An application in an environment with something of ours in a cluster. */
export type Resident = Pick<ItemRecord, 'applicationId' | 'environmentId'> & { targetId: string };

export type EvacuationsStore = ReturnType<typeof createEvacuationsStore>;

/** Drafts of evacuations, and what was approved of them. */
export function createEvacuationsStore({ pool }: Database) {
  return {
    async residents(clusterId: string): Promise<Resident[]> {
      const result = await pool.query<{ application_id: string; environment_id: string; id: string }>(
        `SELECT ae.application_id, ae.environment_id, t.id FROM target t JOIN app_environment ae ON ae.id = t.app_environment_id
         WHERE t.cluster_id = $1 AND t.state <> 'paused' AND EXISTS (SELECT FROM target_object o WHERE o.target_id = t.id AND o.state = 'live')
         ORDER BY ae.application_id, ae.environment_id, t.namespace`,
        [toUuid(clusterId)],
      );
      return result.rows.map((row) => ({
        applicationId: fromUuid('app', row.application_id),
        environmentId: fromUuid('env', row.environment_id),
        targetId: fromUuid('tgt', row.id),
      }));
    },

    /** Services that applications put into a cluster: what others there may talk to. */
    async servicesIn(
      clusterId: string,
    ): Promise<{ applicationId: string; application: string; namespace: string; name: string }[]> {
      const result = await pool.query<{ application_id: string; slug: string; namespace: string; name: string }>(
        `SELECT a.id AS application_id, a.slug, o.namespace, o.name FROM target_object o JOIN target t ON t.id = o.target_id
         JOIN app_environment ae ON ae.id = t.app_environment_id JOIN applications_application a ON a.id = ae.application_id
         WHERE o.cluster_id = $1 AND o.kind = 'Service' AND o."group" = '' AND o.state = 'live'`,
        [toUuid(clusterId)],
      );
      return result.rows.map((row) => ({
        applicationId: fromUuid('app', row.application_id),
        application: row.slug,
        namespace: row.namespace,
        name: row.name,
      }));
    },

    async insert(
      tx: Transaction,
      draft: { clusterId: string; createdById: string; createdBy: string },
      items: readonly Pick<ItemRecord, 'applicationId' | 'environmentId' | 'state' | 'proposal'>[],
    ): Promise<string> {
      const id = newId('eva');
      await tx.query('INSERT INTO evacuation (id, cluster_id, created_by_id, created_by) VALUES ($1, $2, $3, $4)', [
        toUuid(id),
        toUuid(draft.clusterId),
        draft.createdById,
        draft.createdBy,
      ]);
      await tx.query(
        `INSERT INTO evacuation_item (evacuation_id, app_environment_id, state, proposal)
         SELECT $1, ae.id, i.state, i.proposal FROM jsonb_to_recordset($2::jsonb) AS i (application uuid, environment uuid, state text, proposal jsonb)
         JOIN app_environment ae ON ae.application_id = i.application AND ae.environment_id = i.environment`,
        [
          toUuid(id),
          JSON.stringify(
            items.map(({ applicationId, environmentId, state, proposal }) => ({
              application: toUuid(applicationId),
              environment: toUuid(environmentId),
              state,
              proposal,
            })),
          ),
        ],
      );
      return id;
    },

    async find(
      filter: { id: string } | { clusterId?: string | undefined; limit: number },
    ): Promise<EvacuationRecord[]> {
      const where = 'id' in filter ? 'v.id = $1' : '($1::uuid IS NULL OR v.cluster_id = $1)';
      const value = 'id' in filter ? filter.id : filter.clusterId;
      const drafts = await pool.query<{
        id: string;
        cluster_id: string;
        slug: string;
        created_by: string;
        created_at: Date;
      }>(
        `SELECT v.*, c.slug FROM evacuation v JOIN clusters_cluster c ON c.id = v.cluster_id WHERE ${where}
         ORDER BY v.created_at DESC LIMIT ${'id' in filter ? 1 : filter.limit}`,
        [value === undefined ? null : toUuid(value)],
      );
      const items = await itemsOf(
        pool,
        drafts.rows.map(({ id }) => id),
      );
      return drafts.rows.map((row) => ({
        id: fromUuid('eva', row.id),
        clusterId: fromUuid('clu', row.cluster_id),
        cluster: row.slug,
        createdBy: row.created_by,
        createdAt: row.created_at,
        items: items.filter(({ evacuationId }) => evacuationId === row.id).map(({ item }) => item),
      }));
    },

    /** False when it was approved already. */
    async approve(
      tx: Transaction,
      evacuationId: string,
      item: Pick<ItemRecord, 'applicationId' | 'environmentId'>,
      releaseId: string,
    ): Promise<boolean> {
      const result = await tx.query(
        `UPDATE evacuation_item i SET state = 'approved', release_id = $4 FROM app_environment ae
         WHERE ae.id = i.app_environment_id AND i.evacuation_id = $1 AND ae.application_id = $2 AND ae.environment_id = $3 AND i.state = 'proposed' RETURNING i.state`,
        [toUuid(evacuationId), toUuid(item.applicationId), toUuid(item.environmentId), toUuid(releaseId)],
      );
      return result.rows.length > 0;
    },

    /** Nothing goes to these targets any more until somebody says so; each is owed what went elsewhere. */
    async standDown(tx: Transaction, targetIds: readonly string[], releaseId: string): Promise<void> {
      await tx.query("UPDATE target SET state = 'paused' WHERE id = ANY($1::uuid[])", [targetIds.map(toUuid)]);
      await oweTargets(tx, targetIds, releaseId, 'evacuated');
    },

    /** Releases go to it again. */
    async standUp(tx: Transaction, targetId: string): Promise<void> {
      await tx.query("UPDATE target SET state = 'active' WHERE id = $1 AND state = 'paused'", [toUuid(targetId)]);
    },
  };
}

async function itemsOf(on: Queryable, ids: readonly string[]): Promise<{ evacuationId: string; item: ItemRecord }[]> {
  const result = await on.query<
    DeliveryPlaceRow & {
      evacuation_id: string;
      state: EvacuationItem['state'];
      proposal: Omit<Proposal, 'order'> & Partial<Pick<Proposal, 'order'>>;
      release_id: string | null;
      number: number | null;
      release_state: ReleaseState | null;
    }
  >(
    `SELECT i.*, a.project_id, ${placeColumns}, r.number, r.state AS release_state
     FROM evacuation_item i ${placeOf('i')} LEFT JOIN release r ON r.id = i.release_id
     WHERE i.evacuation_id = ANY($1::uuid[])
     ORDER BY coalesce((i.proposal #>> '{order,step}')::integer, 1), p.slug, a.slug, e.name`,
    [ids],
  );
  return result.rows.map((row) => ({
    evacuationId: row.evacuation_id,
    item: {
      ...toDeliveryPlace(row),
      state: row.state,
      proposal: { ...row.proposal, order: row.proposal.order ?? unordered },
      evacuation:
        row.release_id === null || row.number === null || row.release_state === null
          ? undefined
          : { id: fromUuid('rel', row.release_id), number: row.number, state: row.release_state },
    },
  }));
}
