import type { candidateStates } from '@quarterdeck/contracts';
import type { Database, Queryable, Transaction } from '@quarterdeck/database';
import { newId, toUuid } from '../../platform/ids.ts';
import { type DeliveryPlaceRow, placeColumns, placeOf } from '../applications/index.ts';
import type { ListSource } from './project-lists.ts';

export type CandidateState = (typeof candidateStates)[number];

/** A candidate as it is stored; ids are uuids, numbers of GitLab text. */
export type CandidateRow = DeliveryPlaceRow & {
  id: string;
  app_environment_id: string;
  trigger_id: string | null;
  digest: string;
  commit: string;
  slots: string;
  images: Record<string, string>;
  tag: string | null;
  pushed_at: Date | null;
  has_build: boolean;
  connection_id: string | null;
  gitlab_project_id: string | null;
  pipeline_id: string | null;
  ref: string | null;
  ref_type: 'branch' | 'tag' | null;
  ref_protected: boolean | null;
  confirmed: boolean;
  state: CandidateState;
  code: string | null;
  detail: string | null;
  release_id: string | null;
  release_number: number | null;
  release_state: string | null;
  expires_at: Date | null;
  /** By the database's clock. */
  overdue: boolean | null;
  attempts: number;
  created_at: Date;
  sort_at: Date;
};

const select = `SELECT c.*, ${placeColumns}, r.number AS release_number, r.state AS release_state, c.created_at AS sort_at,
    c.expires_at < now() AS overdue
  FROM candidate c ${placeOf('c')} LEFT JOIN release r ON r.id = c.release_id`;

export const candidatesList: ListSource = {
  name: 'candidates',
  select,
  at: 'c.created_at',
  id: 'c.id',
  place: { project: 'c.project_id', environment: 'e.id' },
  text: "a.slug || ' ' || e.name || ' ' || c.commit || ' ' || coalesce(c.tag, '') || ' ' || coalesce(c.ref, '')",
};

const expiryHours = 6;
/** After a release a place rests for so long: of what comes meanwhile the newest is chosen. */
export const restMs = 2000;
const claimSeconds = 15;
/** Still on its way. */
const open = "c.state IN ('waiting', 'settling', 'queued')";

export type NewCandidate = Pick<CandidateRow, 'project_id' | 'app_environment_id' | 'slots'> &
  Partial<
    Pick<
      CandidateRow,
      | 'trigger_id'
      | 'digest'
      | 'commit'
      | 'images'
      | 'tag'
      | 'pushed_at'
      | 'has_build'
      | 'connection_id'
      | 'gitlab_project_id'
      | 'pipeline_id'
      | 'ref'
      | 'ref_type'
      | 'ref_protected'
      | 'confirmed'
      | 'state'
      | 'release_id'
    >
  > & { dedupe_key?: string };

/** What may change of one that is there. */
export type CandidateChange = Omit<NewCandidate, 'project_id' | 'app_environment_id' | 'slots' | 'trigger_id'> & {
  code?: string | null;
  detail?: string | null;
  /** From now. */
  settleInMs?: number | null;
  attempts?: number;
};

export type CandidatesStore = ReturnType<typeof createCandidatesStore>;

/** Commits, builds and images on their way to releases. */
export function createCandidatesStore({ keyed: pool }: Database) {
  return {
    async findById(id: string, on: Queryable = pool): Promise<CandidateRow | undefined> {
      const result = await on.query<CandidateRow>(`${select} WHERE c.id = $1`, [id]);
      return result.rows[0];
    },

    async findByIds(ids: readonly string[]): Promise<CandidateRow[]> {
      const result = await pool.query<CandidateRow>(
        `${select} WHERE c.id = ANY($1::uuid[]) ORDER BY c.created_at, c.id`,
        [ids],
      );
      return result.rows;
    },

    /** False when it is gone or turned off; else whoever joins something to it waits until the transaction ends. */
    async lockTrigger(tx: Transaction, triggerId: string): Promise<boolean> {
      const held = await tx.query('SELECT id FROM deploy_trigger WHERE id = $1 AND enabled FOR UPDATE', [triggerId]);
      return held.rows.length > 0;
    },

    /**
     * Of a trigger, newest first: those with the digest, and those of the commit, of which either side may know the first
     * characters alone. Asked for by what is looked for: a burst leaves more halves open than anybody would read.
     * @param of.digest '' for none
     */
    async related(tx: Transaction, triggerId: string, of: { digest: string; commit: string }): Promise<CandidateRow[]> {
      const result = await tx.query<CandidateRow>(
        `${select} WHERE c.trigger_id = $1 AND (${open} OR c.created_at > now() - interval '180 days')
           AND (($2 <> '' AND c.digest = $2)
             OR ($3 <> '' AND c.commit <> '' AND (starts_with(c.commit, $3) OR starts_with($3, c.commit))))
         ORDER BY c.created_at DESC, c.id LIMIT 500`,
        [triggerId, of.digest, of.commit],
      );
      return result.rows;
    },

    async insert(tx: Queryable, row: NewCandidate): Promise<string> {
      const id = toUuid(newId('can'));
      await tx.query(
        `INSERT INTO candidate (id, project_id, app_environment_id, slots, trigger_id, expires_at)
         VALUES ($1, $2, $3, $4, $5, now() + interval '${expiryHours} hours')`,
        [id, row.project_id, row.app_environment_id, row.slots, row.trigger_id ?? null],
      );
      const { project_id: _p, app_environment_id: _a, slots: _s, trigger_id: _t, ...change } = row;
      await this.update(tx, id, change);
      return id;
    },

    async update(on: Queryable, id: string, change: CandidateChange): Promise<void> {
      const { settleInMs, images, ...plain } = change;
      const values: unknown[] = [id];
      const sets: string[] = [];
      for (const [column, value] of Object.entries({
        ...plain,
        ...(images === undefined ? {} : { images: JSON.stringify(images) }),
      })) {
        values.push(value ?? null);
        sets.push(`${column} = $${values.length}`);
      }
      if (settleInMs !== undefined) {
        values.push(settleInMs);
        sets.push(`settle_at = now() + make_interval(secs => $${values.length}::float8 / 1000)`);
      }
      if (sets.length === 0) return;
      await on.query(`UPDATE candidate SET ${sets.join(', ')} WHERE id = $1`, values);
    },

    /**
     * Takes all that is ready in one environment of an application, for some seconds; nobody else decides about it then,
     * and nobody does where a release has just been made. `undefined` when nothing is ready anywhere.
     */
    async claimReady(tx: Transaction): Promise<CandidateRow[] | undefined> {
      const place = await tx.query<{ id: string }>(
        `SELECT ae.id FROM app_environment ae WHERE EXISTS (SELECT FROM candidate c WHERE c.app_environment_id = ae.id
             AND c.state IN ('settling', 'queued') AND c.settle_at <= now() AND (c.claimed_until IS NULL OR c.claimed_until < now()))
           AND NOT EXISTS (SELECT FROM candidate c WHERE c.app_environment_id = ae.id AND ${open} AND c.claimed_until > now())
           AND coalesce((SELECT r.created_at < now() - interval '${restMs} milliseconds' FROM release r
             WHERE r.app_environment_id = ae.id ORDER BY r.number DESC LIMIT 1), true)
         ORDER BY ae.id LIMIT 1 FOR UPDATE OF ae SKIP LOCKED`,
      );
      const id = place.rows[0]?.id;
      if (id === undefined) return undefined;
      // Together with what is about to be ready: the newest is chosen among all of them.
      const taken = await tx.query<{ id: string }>(
        `UPDATE candidate SET claimed_until = now() + interval '${claimSeconds} seconds', attempts = attempts + 1
         WHERE app_environment_id = $1 AND state IN ('settling', 'queued') RETURNING id`,
        [id],
      );
      const result = await tx.query<CandidateRow>(`${select} WHERE c.id = ANY($1::uuid[])`, [
        taken.rows.map((row) => row.id),
      ]);
      return result.rows;
    },

    async release(ids: readonly string[]): Promise<void> {
      await pool.query('UPDATE candidate SET claimed_until = NULL WHERE id = ANY($1::uuid[])', [ids]);
    },

    /** Those whose time is up, which are not decided about. */
    async overdue(): Promise<CandidateRow[]> {
      const result = await pool.query<CandidateRow>(
        `${select} WHERE c.state = 'waiting' AND c.expires_at < now() ORDER BY c.expires_at LIMIT 200`,
      );
      return result.rows;
    },

    /** Images that wait for a branch or tag by which their commit is known. */
    async withoutRef(): Promise<CandidateRow[]> {
      const result = await pool.query<CandidateRow>(
        `${select} JOIN deploy_trigger t ON t.id = c.trigger_id
         WHERE c.state = 'waiting' AND t.requires = 'image' AND c.digest <> '' AND c.commit <> '' AND c.ref IS NULL
         ORDER BY c.created_at LIMIT 200`,
      );
      return result.rows;
    },

    /** Which candidate a release was made of. */
    async ofRelease(on: Queryable, releaseId: string): Promise<CandidateRow | undefined> {
      const result = await on.query<CandidateRow>(
        `${select.replace('LEFT JOIN release r ON r.id = c.release_id', 'JOIN release r ON r.app_environment_id = c.app_environment_id AND r.dedupe_key = c.dedupe_key')}
         WHERE r.id = $1 ORDER BY c.pipeline_id IS NULL, c.created_at LIMIT 1`,
        [releaseId],
      );
      return result.rows[0];
    },

    /** Whether another candidate came to this release before. */
    async isOfEarlier(releaseId: string, candidateId: string): Promise<boolean> {
      const result = await pool.query('SELECT FROM candidate WHERE release_id = $1 AND id <> $2 LIMIT 1', [
        releaseId,
        candidateId,
      ]);
      return result.rowCount !== 0;
    },

    async sweep(): Promise<void> {
      await pool.query("DELETE FROM candidate WHERE created_at < now() - interval '180 days'");
    },
  };
}
