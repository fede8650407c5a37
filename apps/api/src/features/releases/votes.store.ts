import type { Queryable, Transaction } from '@quarterdeck/database';
import { fromUuid, newId, toUuid } from '../../platform/ids.ts';
import { gather } from '../../platform/jobs/gather.ts';

export type VoteRecord = {
  id: string;
  wave: number | undefined;
  userId: string;
  userName: string;
  decision: 'approve' | 'reject';
  contentSha256: string;
  reason: string | undefined;
  createdAt: Date;
};

type VoteRow = {
  id: string;
  wave: number | null;
  user_id: string;
  user_name: string;
  decision: VoteRecord['decision'];
  content_sha256: string;
  reason: string | null;
  /** ISO 8601: it comes within JSON. */
  created_at: string;
};

/** What of a release is to be judged by others' rows before a decision about it. */
export type Outlook = { projectId: string; environmentId: string; soaks: boolean; votes: VoteRecord[] };

/** Votes about releases, and what else a decision about one is judged by. */
export function createVotesStore(pool: Queryable) {
  /** Of releases about which runs that end together ask together. */
  const outlook = gather(async (releaseIds: readonly string[]): Promise<(Outlook | undefined)[]> => {
    const found = await pool.query<{
      id: string;
      project_id: string;
      environment_id: string;
      soaks: boolean;
      votes: VoteRow[];
    }>(
      `SELECT r.id, a.project_id, ae.environment_id, EXISTS (SELECT FROM wave w WHERE w.release_id = r.id AND w.state = 'soaking') AS soaks,
         (SELECT coalesce(jsonb_agg(v ORDER BY v.created_at, v.id), '[]') FROM approval v WHERE v.release_id = r.id) AS votes
       FROM release r JOIN app_environment ae ON ae.id = r.app_environment_id
       JOIN applications_application a ON a.id = ae.application_id WHERE r.id = ANY($1::uuid[])`,
      [releaseIds.map(toUuid)],
    );
    const byId = new Map(found.rows.map((row) => [fromUuid('rel', row.id), row]));
    return releaseIds.map((id) => {
      const row = byId.get(id);
      return (
        row && {
          projectId: fromUuid('prj', row.project_id),
          environmentId: fromUuid('env', row.environment_id),
          soaks: row.soaks,
          votes: row.votes.map(toVote),
        }
      );
    });
  });

  return {
    outlook,

    /** A person's vote; a second one takes the place of their first. */
    async vote(tx: Transaction, vote: Omit<VoteRecord, 'id' | 'createdAt'> & { releaseId: string }): Promise<void> {
      await tx.query(
        `INSERT INTO approval (id, release_id, wave, user_id, user_name, decision, content_sha256, reason)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (release_id, (coalesce(wave, -1)), user_id) DO UPDATE SET decision = excluded.decision,
           content_sha256 = excluded.content_sha256, reason = excluded.reason, created_at = now()`,
        [
          toUuid(newId('apr')),
          toUuid(vote.releaseId),
          vote.wave ?? null,
          vote.userId,
          vote.userName,
          vote.decision,
          vote.contentSha256,
          vote.reason ?? null,
        ],
      );
    },
  };
}

function toVote(row: VoteRow): VoteRecord {
  return {
    id: fromUuid('apr', row.id),
    wave: row.wave ?? undefined,
    userId: row.user_id,
    userName: row.user_name,
    decision: row.decision,
    contentSha256: row.content_sha256,
    reason: row.reason ?? undefined,
    createdAt: new Date(row.created_at),
  };
}
