import type { Queryable, Transaction } from '@quarterdeck/database';
import { toUuid } from '../../platform/ids.ts';

/** What the cluster itself says about project numbers, as `clusters` read it a moment ago. */
export type NumbersInCluster = {
  /** Those that may be given at all, ascending. */
  listed: readonly number[];
  /** Those that a binding in the cluster names, with whose bindings these are. */
  named: ReadonlyMap<number, readonly { installation: string | undefined; project: string | undefined }[]>;
};

type Row = { number: number; project: string; left: boolean };

export const projectNumbersStore = {
  async find(on: Queryable, clusterId: string, projectId: string): Promise<number | undefined> {
    const result = await on.query<{ number: number }>(
      'SELECT number FROM access_project_number WHERE cluster_id = $1 AND project_id = $2',
      [toUuid(clusterId), toUuid(projectId)],
    );
    return result.rows[0]?.number;
  },

  /** Leaves this very number; another that was taken meanwhile stays. */
  async giveUp(tx: Transaction, clusterId: string, projectId: string, number: number): Promise<void> {
    await tx.query('DELETE FROM access_project_number WHERE cluster_id = $1 AND project_id = $2 AND number = $3', [
      toUuid(clusterId),
      toUuid(projectId),
      number,
    ]);
  },

  /** Of projects that have a namespace in the cluster; `project` is the slug. */
  async inUse(on: Queryable, clusterId: string): Promise<{ number: number; project: string }[]> {
    const result = await on.query<{ number: number; project: string }>(
      `SELECT m.number, p.slug AS project FROM access_project_number m JOIN access_project p ON p.id = m.project_id
       WHERE m.cluster_id = $1 AND EXISTS (SELECT FROM access_namespaces n
         WHERE n.cluster_id = m.cluster_id AND n.project_id = m.project_id) ORDER BY m.number`,
      [toUuid(clusterId)],
    );
    return result.rows;
  },

  /** Namespaces of projects that have a number in the cluster; `project` is the slug. */
  async placesIn(on: Queryable, clusterId: string): Promise<{ namespace: string; number: number; project: string }[]> {
    const result = await on.query<{ namespace: string; number: number; project: string }>(
      `SELECT n.namespace, m.number, p.slug AS project FROM access_namespaces n
         JOIN access_project_number m ON m.cluster_id = n.cluster_id AND m.project_id = n.project_id
         JOIN access_project p ON p.id = n.project_id
       WHERE n.cluster_id = $1 ORDER BY n.namespace`,
      [toUuid(clusterId)],
    );
    return result.rows;
  },

  /**
   * The project's number in the cluster, taken now if it has none; `undefined` when none is left. Takers of one
   * cluster wait for each other, so no number is given twice.
   * @param project the slug stands in the annotations of our bindings
   * @param installation whose bindings count as ours
   */
  async take(
    tx: Transaction,
    clusterId: string,
    project: { id: string; slug: string },
    seen: NumbersInCluster,
    installation: string,
  ): Promise<number | undefined> {
    await tx.query('SELECT FROM access_clusters WHERE id = $1 FOR UPDATE', [toUuid(clusterId)]);
    const rows = await tx.query<Row>(
      `SELECT m.number, m.project_id AS project, NOT EXISTS (SELECT FROM access_namespaces n
           WHERE n.cluster_id = m.cluster_id AND n.project_id = m.project_id) AS left
       FROM access_project_number m WHERE m.cluster_id = $1 ORDER BY m.taken_at, m.number`,
      [toUuid(clusterId)],
    );
    const own = rows.rows.find((row) => row.project === toUuid(project.id));
    if (own !== undefined) return own.number;
    const isOurs = (owner: { installation: string | undefined; project: string | undefined }) =>
      owner.installation === installation && owner.project === project.slug;
    const number = chooseNumber(rows.rows, seen, isOurs);
    if (number === undefined) return undefined;
    await tx.query(
      `INSERT INTO access_project_number (cluster_id, number, project_id) VALUES ($1, $2, $3)
       ON CONFLICT (cluster_id, number) DO UPDATE SET project_id = excluded.project_id, taken_at = now()`,
      [toUuid(clusterId), number, toUuid(project.id)],
    );
    return number;
  },
};

/**
 * The number whose bindings already stand for the project (the cluster was registered again), else one that nobody
 * ever had, else the one left longest ago. Never one that a row in use or somebody's binding names.
 * @param rows oldest first
 */
export function chooseNumber(
  rows: readonly Pick<Row, 'number' | 'left'>[],
  { listed, named }: NumbersInCluster,
  isOurs: (owner: { installation: string | undefined; project: string | undefined }) => boolean,
): number | undefined {
  const taken = new Set(rows.map(({ number }) => number));
  const kept = listed.find((number) => !taken.has(number) && named.get(number)?.every(isOurs) === true);
  const fresh = listed.find((number) => !taken.has(number) && !named.has(number));
  const freed = rows.find(({ number, left }) => left && listed.includes(number) && !named.has(number))?.number;
  return kept ?? fresh ?? freed;
}
