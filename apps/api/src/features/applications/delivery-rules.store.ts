import type { DeliveryPolicy, ImagePin, Recurrence, Strategy } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { tenantCondition, type VisibleScope } from '../access/index.ts';

export type FreezeRecord = {
  id: string;
  name: string;
  projectId: string | undefined;
  environmentId: string | undefined;
  /** Tiers of environments it is for; none: all. */
  tiers: readonly string[];
  recurrence: Recurrence;
  holdsRollbacks: boolean;
  createdBy: string;
  createdAt: Date;
  /** Raised by each change. */
  revision: number;
  changedBy: string | undefined;
  changedAt: Date | undefined;
};

type FreezeRow = {
  id: string;
  name: string;
  project_id: string | null;
  environment_id: string | null;
  tiers: string[];
  recurrence: Recurrence;
  holds_rollbacks: boolean;
  created_by: string;
  created_at: Date;
  revision: number;
  changed_by: string | null;
  changed_at: Date | null;
};

/** What somebody decided of an environment; `revision` 0 where nobody has yet. */
export type DeliveryRecord = {
  policy: DeliveryPolicy | undefined;
  pin: ImagePin;
  strategies: Strategy[];
  revision: number;
  changedBy: string | undefined;
  changedAt: Date | undefined;
};

type DeliveryRow = {
  policy: DeliveryPolicy | null;
  pin: ImagePin;
  strategies: Strategy[];
  revision: number;
  changed_by: string | null;
  updated_at: Date;
};

const defaultPin: ImagePin = 'preferred';

export type DeliveryRulesStore = ReturnType<typeof createDeliveryRulesStore>;

/** How environments are deployed to, and when not. */
export function createDeliveryRulesStore(database: Database) {
  const { keyed: pool } = database;
  return {
    async deliveryOf(environmentId: string, on: Queryable = pool): Promise<DeliveryRecord> {
      const result = await on.query<DeliveryRow>(
        `SELECT policy, pin, strategies, revision, changed_by, updated_at FROM environment_delivery
         WHERE environment_id = $1`,
        [toUuid(environmentId)],
      );
      const row = result.rows[0];
      return {
        policy: row?.policy ?? undefined,
        pin: row?.pin ?? defaultPin,
        strategies: row?.strategies ?? [],
        revision: row?.revision ?? 0,
        changedBy: row?.changed_by ?? undefined,
        changedAt: row?.updated_at,
      };
    },

    /**
     * What is left out stays as it is.
     * @param revision the one it is made over; false, and nothing is changed, when that is not the newest any more
     */
    async putDelivery(
      tx: Transaction,
      environmentId: string,
      delivery: {
        policy?: DeliveryPolicy | undefined;
        pin?: ImagePin | undefined;
        strategies: readonly Strategy[];
        revision: number;
        changedBy: string;
      },
    ): Promise<boolean> {
      const saved = await tx.query(
        `INSERT INTO environment_delivery AS d (environment_id, policy, pin, strategies, changed_by)
         SELECT $1::uuid, $2::jsonb, coalesce($3::text, '${defaultPin}'), $4::jsonb, $6::text
         WHERE $5::integer = 0 OR EXISTS (SELECT FROM environment_delivery WHERE environment_id = $1)
         ON CONFLICT (environment_id) DO UPDATE SET policy = coalesce(excluded.policy, d.policy),
           pin = coalesce($3, d.pin), strategies = excluded.strategies, updated_at = now(),
           revision = d.revision + 1, changed_by = excluded.changed_by
         WHERE d.revision = $5`,
        [
          toUuid(environmentId),
          delivery.policy === undefined ? null : JSON.stringify(delivery.policy),
          delivery.pin ?? null,
          JSON.stringify(delivery.strategies),
          delivery.revision,
          delivery.changedBy,
        ],
      );
      return saved.rowCount === 1;
    },

    /** Windows that may hold an environment. */
    async freezesFor(
      on: Queryable,
      place: { projectId: string; environmentId: string; tier: string },
    ): Promise<FreezeRecord[]> {
      const result = await on.query<FreezeRow>(
        `SELECT * FROM freeze_window WHERE (project_id IS NULL OR project_id = $1) AND (environment_id IS NULL OR environment_id = $2)
           AND (cardinality(tiers) = 0 OR $3 = ANY(tiers)) ORDER BY created_at, id`,
        [toUuid(place.projectId), toUuid(place.environmentId), place.tier],
      );
      return result.rows.map(toFreeze);
    },

    /** Those of places in the scope, and those for everybody. */
    async freezes(visible: VisibleScope): Promise<FreezeRecord[]> {
      const values: unknown[] = [];
      const where = tenantCondition(visible, { project: 'f.project_id', environment: 'f.environment_id' }, values);
      const result = await pool.query<FreezeRow>(
        `SELECT f.* FROM freeze_window f WHERE f.project_id IS NULL OR ${where} ORDER BY f.created_at, f.id LIMIT 1000`,
        values,
      );
      return result.rows.map(toFreeze);
    },

    async findFreeze(id: string, on: Queryable = pool): Promise<FreezeRecord | undefined> {
      const result = await on.query<FreezeRow>('SELECT * FROM freeze_window WHERE id = $1', [toUuid(id)]);
      return result.rows.map(toFreeze)[0];
    },

    async addFreeze(
      tx: Transaction,
      freeze: Omit<FreezeRecord, 'id' | 'createdAt' | 'revision' | 'changedBy' | 'changedAt'>,
    ): Promise<FreezeRecord> {
      const added = await tx.query<FreezeRow>(
        `INSERT INTO freeze_window (id, name, project_id, environment_id, tiers, recurrence, holds_rollbacks, created_by)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8) RETURNING *`,
        [
          toUuid(newId('frz')),
          freeze.name,
          freeze.projectId === undefined ? null : toUuid(freeze.projectId),
          freeze.environmentId === undefined ? null : toUuid(freeze.environmentId),
          freeze.tiers,
          JSON.stringify(freeze.recurrence),
          freeze.holdsRollbacks,
          freeze.createdBy,
        ],
      );
      return toFreeze(added.rows[0] as FreezeRow);
    },

    /** `undefined`, and nothing is changed, when it is not the one of this revision any more. */
    async changeFreeze(
      tx: Transaction,
      id: string,
      change: Pick<FreezeRecord, 'name' | 'tiers' | 'recurrence' | 'holdsRollbacks'> & {
        revision: number;
        changedBy: string;
      },
    ): Promise<FreezeRecord | undefined> {
      const changed = await tx.query<FreezeRow>(
        `UPDATE freeze_window SET name = $3, tiers = $4, recurrence = $5::jsonb, holds_rollbacks = $6, changed_by = $7,
           changed_at = now(), revision = revision + 1 WHERE id = $1 AND revision = $2 RETURNING *`,
        [
          toUuid(id),
          change.revision,
          change.name,
          change.tiers,
          JSON.stringify(change.recurrence),
          change.holdsRollbacks,
          change.changedBy,
        ],
      );
      return changed.rows.map(toFreeze)[0];
    },

    /** False, and it stays, when it is not the one of this revision any more. */
    async removeFreeze(tx: Transaction, id: string, revision: number | undefined): Promise<boolean> {
      const removed = await tx.query(
        'DELETE FROM freeze_window WHERE id = $1 AND ($2::integer IS NULL OR revision = $2)',
        [toUuid(id), revision ?? null],
      );
      return removed.rowCount === 1;
    },
  };
}

function toFreeze(row: FreezeRow): FreezeRecord {
  return {
    id: fromUuid('frz', row.id),
    name: row.name,
    projectId: row.project_id === null ? undefined : fromUuid('prj', row.project_id),
    environmentId: row.environment_id === null ? undefined : fromUuid('env', row.environment_id),
    tiers: row.tiers,
    recurrence: row.recurrence,
    holdsRollbacks: row.holds_rollbacks,
    createdBy: row.created_by,
    createdAt: row.created_at,
    revision: row.revision,
    changedBy: row.changed_by ?? undefined,
    changedAt: row.changed_at ?? undefined,
  };
}
