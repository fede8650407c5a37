import type { ImagePin, Recurrence, Strategy } from '@quarterdeck/contracts';
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

export type DeliveryRulesStore = ReturnType<typeof createDeliveryRulesStore>;

/** How environments are deployed to, and when not. */
export function createDeliveryRulesStore(database: Database) {
  const { pool } = database;
  return {
    async strategiesOf(environmentId: string, on: Queryable = pool): Promise<Strategy[]> {
      const result = await on.query<{ strategies: Strategy[] }>(
        'SELECT strategies FROM environment_delivery WHERE environment_id = $1',
        [toUuid(environmentId)],
      );
      return result.rows[0]?.strategies ?? [];
    },

    async pinOf(environmentId: string, on: Queryable = pool): Promise<ImagePin> {
      const result = await on.query<{ pin: ImagePin }>(
        'SELECT pin FROM environment_delivery WHERE environment_id = $1',
        [toUuid(environmentId)],
      );
      return result.rows[0]?.pin ?? 'preferred';
    },

    async putDelivery(
      tx: Transaction,
      environmentId: string,
      strategies: readonly Strategy[],
      pin: ImagePin,
    ): Promise<void> {
      await tx.query(
        `INSERT INTO environment_delivery (environment_id, strategies, pin) VALUES ($1, $2::jsonb, $3)
         ON CONFLICT (environment_id) DO UPDATE SET strategies = excluded.strategies, pin = excluded.pin, updated_at = now()`,
        [toUuid(environmentId), JSON.stringify(strategies), pin],
      );
    },

    /** Windows that may hold an environment. */
    async freezesFor(place: { projectId: string; environmentId: string; tier: string }): Promise<FreezeRecord[]> {
      const result = await pool.query<FreezeRow>(
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
