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
};

const defaultPin: ImagePin = 'preferred';

export type DeliveryRulesStore = ReturnType<typeof createDeliveryRulesStore>;

/** How environments are deployed to, and when not. */
export function createDeliveryRulesStore(database: Database) {
  const { keyed: pool } = database;
  return {
    /** `undefined` where nobody has decided yet. */
    async deliveryOf(
      environmentId: string,
      on: Queryable = pool,
    ): Promise<{ policy: DeliveryPolicy | undefined; pin: ImagePin; strategies: Strategy[] }> {
      const result = await on.query<{ policy: DeliveryPolicy | null; pin: ImagePin; strategies: Strategy[] }>(
        'SELECT policy, pin, strategies FROM environment_delivery WHERE environment_id = $1',
        [toUuid(environmentId)],
      );
      const row = result.rows[0];
      return { policy: row?.policy ?? undefined, pin: row?.pin ?? defaultPin, strategies: row?.strategies ?? [] };
    },

    /** What is left out stays as it is. */
    async putDelivery(
      tx: Transaction,
      environmentId: string,
      delivery: {
        policy?: DeliveryPolicy | undefined;
        pin?: ImagePin | undefined;
        strategies: readonly Strategy[];
      },
    ): Promise<void> {
      await tx.query(
        `INSERT INTO environment_delivery AS d (environment_id, policy, pin, strategies)
         VALUES ($1, $2::jsonb, coalesce($3, '${defaultPin}'), $4::jsonb)
         ON CONFLICT (environment_id) DO UPDATE SET policy = coalesce(excluded.policy, d.policy),
           pin = coalesce($3, d.pin), strategies = excluded.strategies, updated_at = now()`,
        [
          toUuid(environmentId),
          delivery.policy === undefined ? null : JSON.stringify(delivery.policy),
          delivery.pin ?? null,
          JSON.stringify(delivery.strategies),
        ],
      );
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

    async findFreeze(id: string): Promise<FreezeRecord | undefined> {
      const result = await pool.query<FreezeRow>('SELECT * FROM freeze_window WHERE id = $1', [toUuid(id)]);
      return result.rows.map(toFreeze)[0];
    },

    async addFreeze(tx: Transaction, freeze: Omit<FreezeRecord, 'id' | 'createdAt'>): Promise<string> {
      const id = newId('frz');
      await tx.query(
        `INSERT INTO freeze_window (id, name, project_id, environment_id, tiers, recurrence, holds_rollbacks, created_by)
         VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)`,
        [
          toUuid(id),
          freeze.name,
          freeze.projectId === undefined ? null : toUuid(freeze.projectId),
          freeze.environmentId === undefined ? null : toUuid(freeze.environmentId),
          freeze.tiers,
          JSON.stringify(freeze.recurrence),
          freeze.holdsRollbacks,
          freeze.createdBy,
        ],
      );
      return id;
    },

    async changeFreeze(
      tx: Transaction,
      id: string,
      change: Pick<FreezeRecord, 'name' | 'tiers' | 'recurrence' | 'holdsRollbacks'>,
    ): Promise<void> {
      await tx.query(
        'UPDATE freeze_window SET name = $2, tiers = $3, recurrence = $4::jsonb, holds_rollbacks = $5 WHERE id = $1',
        [toUuid(id), change.name, change.tiers, JSON.stringify(change.recurrence), change.holdsRollbacks],
      );
    },

    async removeFreeze(tx: Transaction, id: string): Promise<void> {
      await tx.query('DELETE FROM freeze_window WHERE id = $1', [toUuid(id)]);
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
  };
}
